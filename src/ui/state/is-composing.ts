/**
 * Whether a key belongs to an input method. Safari ends a composition before the key that ended it: 229 is the one trace that is
 * left (https://bugs.webkit.org/show_bug.cgi?id=165004).
 */
export const isComposing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229;
