import { createEffect, on, splitProps, type JSX } from 'solid-js';
import { isComposing } from '../state/is-composing.ts';

export interface GrowingTextareaProps extends Omit<
  JSX.TextareaHTMLAttributes<HTMLTextAreaElement>,
  'value' | 'onInput'
> {
  value: string;
  onText: (text: string) => void;
  /** Enter without Shift, outside of an input method's composition. Null: it begins a line, like any other. */
  onEnter: (() => void) | null;
  onElement?: (element: HTMLTextAreaElement) => void;
}

/** As high as its text, up to the limit that CSS sets. */
export function GrowingTextarea(props: GrowingTextareaProps) {
  const [own, rest] = splitProps(props, ['value', 'onText', 'onEnter', 'onElement', 'ref']);
  let area: HTMLTextAreaElement | undefined;
  /** `field-sizing: content` does it where there is such a thing. */
  const grow = () => {
    if (!area || CSS.supports('field-sizing', 'content')) return;
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight}px`;
  };
  createEffect(on(() => own.value, grow));

  const onKeyDown = (event: KeyboardEvent) => {
    if (!own.onEnter || event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    own.onEnter();
  };

  return (
    <textarea
      rows={1}
      // Chromium keeps the direction of a text that a script took away.
      dir={own.value === '' ? undefined : 'auto'}
      {...rest}
      ref={(element) => {
        area = element;
        own.onElement?.(element);
      }}
      value={own.value}
      onInput={(event) => own.onText(event.currentTarget.value)}
      onKeyDown={onKeyDown}
    />
  );
}
