import type * as WebLlm from '@mlc-ai/web-llm';

export type WebLlmModule = typeof WebLlm;

/** web-llm is several megabytes: it is fetched when a model is loaded or the catalogue is listed, not before. */
export const loadWebLlm = (): Promise<WebLlmModule> => import('@mlc-ai/web-llm');
