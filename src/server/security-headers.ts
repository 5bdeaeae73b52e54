/** One directive a line; joined into the header below. */
const contentSecurityPolicy = [
  "default-src 'none'",
  // WebAssembly may be compiled: web-llm's tokenizer and model libraries. JavaScript's eval stays off.
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  // KaTeX places its glyphs with style attributes.
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  // Models other than the built-in one come from web-llm's catalogue: weights from Hugging Face, which redirects to
  // its storage under hf.co, and compiled libraries from GitHub.
  "connect-src 'self' https://huggingface.co https://*.huggingface.co https://*.hf.co https://raw.githubusercontent.com",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // hearth: the app's own; hearth-templates: Solid's templates, made by the build; dompurify: cleaned answers.
  "require-trusted-types-for 'script'",
  'trusted-types hearth hearth-templates dompurify',
].join('; ');

/** Sent with every response, errors too. Workers have the policy of their own script's response. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
