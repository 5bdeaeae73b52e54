import { createEffect, on, splitProps, type JSX } from 'solid-js';
import { createMediaQuery } from '../state/create-media-query.ts';
import { isComposing } from '../state/is-composing.ts';

export interface GrowingTextareaProps extends Omit<
  JSX.TextareaHTMLAttributes<HTMLTextAreaElement>,
  'value' | 'onInput' | 'enterkeyhint'
> {
  value: string;
  onText: (text: string) => void;
  /**
   * Enter without Shift, outside of an input method's composition. On touch only together with Ctrl or Cmd: a button beside
   * it must do the same.
   */
  onEnter: () => void;
  /** What a keyboard on the screen calls Enter where `onEnter` has it. */
  enterName: 'send' | 'done';
  onElement?: (element: HTMLTextAreaElement) => void;
}

/** As high as its text, up to the limit that CSS sets. */
export function GrowingTextarea(props: GrowingTextareaProps) {
  const [own, rest] = splitProps(props, ['value', 'onText', 'onEnter', 'enterName', 'onElement', 'ref']);
  /** Keyboards on the screen have no dependable way to begin a line but Enter. */
  const isTouch = createMediaQuery('(pointer: coarse)');
  let area: HTMLTextAreaElement | undefined;
  /** `field-sizing: content` does it where there is such a thing. */
  const grow = () => {
    if (!area || CSS.supports('field-sizing', 'content')) return;
    const { style, parentElement: box } = area;
    if (!box) return;
    // While it is measured it is one line high. Its box keeps its height: a scroller beside it would grow for that moment and
    // lose its place. In a box that lays out a grid it must not be stretched to that height again.
    box.style.minBlockSize = `${box.getBoundingClientRect().height}px`;
    style.alignSelf = 'start';
    style.height = 'auto';
    style.height = `${area.scrollHeight}px`;
    style.alignSelf = '';
    box.style.minBlockSize = '';
  };
  createEffect(on(() => own.value, grow));

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
    if (isTouch() && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    own.onEnter();
  };

  return (
    <textarea
      rows={1}
      // Chromium keeps the direction of a text that a script took away.
      dir={own.value === '' ? undefined : 'auto'}
      {...rest}
      enterkeyhint={isTouch() ? 'enter' : own.enterName}
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
