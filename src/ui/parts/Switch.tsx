export interface SwitchProps {
  label: string;
  /** What it means, in a sentence. */
  hint?: string;
  isOn: boolean;
  /** True when it was done. */
  onChange: (isOn: boolean) => Promise<boolean>;
}

/** Something that is on or off, and takes effect at once. */
export function Switch(props: SwitchProps) {
  const turn = async (input: HTMLInputElement) => {
    // It shows what is, not what was wished for.
    if (!(await props.onChange(input.checked))) input.checked = props.isOn;
  };
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
        onChange={(event) => void turn(event.currentTarget)}
      />
    </label>
  );
}
