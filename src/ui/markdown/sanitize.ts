import DOMPurify from 'dompurify';

const BLOCK_TAGS = 'h1 h2 h3 h4 h5 h6 p blockquote ul ol li hr div pre table thead tbody tr th td';
const INLINE_TAGS = 'strong em del code br a span input button #text';
const ATTRIBUTES = 'align aria-label checked class dir disabled rel role start tabindex target title type';

/**
 * Exactly what `render.ts` writes. Formulas and coloured code are not here: they are built as nodes.
 * https://github.com/cure53/DOMPurify
 */
const CONFIG = {
  ALLOWED_TAGS: [...BLOCK_TAGS.split(' '), ...INLINE_TAGS.split(' ')],
  ALLOWED_ATTR: [...ATTRIBUTES.split(' '), 'href'],
  // Every attribute that is not named here is held to the rule for addresses.
  ADD_URI_SAFE_ATTR: ATTRIBUTES.split(' '),
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_TRUSTED_TYPE: true as const,
};

/** The only way markup gets into the page. DOMPurify brings its own Trusted Types policy, `dompurify`. */
export function setMarkup(element: Element, markup: string): void {
  const safe = DOMPurify.sanitize(markup, CONFIG);
  // The DOM library types the setter for strings; a TrustedHTML must reach it as it is.
  element.innerHTML = safe as unknown as string;
}
