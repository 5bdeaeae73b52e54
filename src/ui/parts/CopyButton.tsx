import Check from 'lucide-solid/icons/check';
import Copy from 'lucide-solid/icons/copy';
import X from 'lucide-solid/icons/x';
import { createSignal, Match, onCleanup, Switch } from 'solid-js';
import { copyText } from '../state/copy-text.ts';
import { IconButton } from './IconButton.tsx';

type Outcome = 'none' | 'copied' | 'refused';

const labels: Record<Outcome, string> = { none: 'Copy', copied: 'Copied', refused: 'Could not copy' };
/** Long enough to be read. */
const shownMs = 2000;

/** Copies a text, and says for a moment whether it worked. */
export function CopyButton(props: { text: string }) {
  const [outcome, setOutcome] = createSignal<Outcome>('none');
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = (result: Outcome) => {
    setOutcome(result);
    clearTimeout(timer);
    timer = setTimeout(() => setOutcome('none'), shownMs);
  };
  onCleanup(() => clearTimeout(timer));
  const copy = () =>
    copyText(props.text).then(
      () => show('copied'),
      () => show('refused'),
    );
  return (
    <>
      <IconButton label={labels[outcome()]} onClick={() => void copy()}>
        <Switch fallback={<Copy />}>
          <Match when={outcome() === 'copied'}>
            <Check />
          </Match>
          <Match when={outcome() === 'refused'}>
            <X />
          </Match>
        </Switch>
      </IconButton>
      {/* A name that changes is not said. */}
      <span class="visually-hidden" role="status">
        {outcome() === 'none' ? '' : labels[outcome()]}
      </span>
    </>
  );
}
