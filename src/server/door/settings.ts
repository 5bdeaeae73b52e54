/** How the door is set up by the command line and the environment. */
export interface DoorSettings {
  apiKeys: readonly string[];
  allowedOrigins: readonly string[];
  allowedMethods: readonly string[];
  allowedHeaders: readonly string[];
  allowsCredentials: boolean;
  logFile: string | null;
  logsRequests: boolean;
  logsStats: boolean;
  /** The model that a connected engine is asked to choose. */
  model: string | null;
}

export const defaultDoor: DoorSettings = {
  apiKeys: [],
  allowedOrigins: [],
  allowedMethods: ['GET', 'POST'],
  allowedHeaders: ['*'],
  allowsCredentials: false,
  logFile: null,
  logsRequests: true,
  logsStats: true,
  model: null,
};
