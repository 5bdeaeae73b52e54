import { splitProps, type JSX } from 'solid-js';

export interface IconButtonProps extends JSX.ButtonHTMLAttributes<HTMLButtonElement> {
  /** The button's name, and its tooltip. */
  label: string;
  children: JSX.Element;
}

/** A button that shows an icon only. */
export function IconButton(props: IconButtonProps) {
  const [own, rest] = splitProps(props, ['label', 'children', 'class']);
  return (
    <button
      type="button"
      {...rest}
      class={own.class === undefined ? 'icon-button' : `icon-button ${own.class}`}
      aria-label={own.label}
      data-tip={own.label}
    >
      {own.children}
    </button>
  );
}
