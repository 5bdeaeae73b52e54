/** Set by Vite: differs between any two builds of different sources. */
declare const __BUILD_ID__: string;
