export interface SwitchProps {
  label: string;
  /** What it means, in a sentence. */
  hint?: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

/** Something that is on or off, and takes effect at once. */
export function Switch(props: SwitchProps) {
  return (
    <label class="switch">
      <span class="switch-text">
        {props.label}
        <span class="switch-hint">{props.hint}</span>
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-label={props.label}
        checked={props.isOn}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
    </label>
  );
}
