import ServerIcon from 'lucide-solid/icons/server';
import { createSignal, lazy, Show, Suspense } from 'solid-js';
import '../../styles/servers.css';

const ServersDialog = lazy(async () => ({ default: (await import('./ServersDialog.tsx')).ServersDialog }));

export interface ServersButtonProps {
  /** Other models may be offered now. */
  onClosed: () => void;
  onChosen: () => void;
}

/** The way to models that run elsewhere, with the servers' screen behind it. */
export function ServersButton(props: ServersButtonProps) {
  const [isOpen, setOpen] = createSignal(false);
  const [wasOpen, setWasOpen] = createSignal(false);
  return (
    <div class="servers-way">
      <button
        type="button"
        class="button"
        aria-haspopup="dialog"
        onClick={() => {
          setWasOpen(true);
          setOpen(true);
        }}
      >
        <ServerIcon />
        <span>Servers</span>
      </button>
      <span class="servers-way-hint">Or use a model on a server. What you write is then sent there.</span>
      <Suspense>
        <Show when={wasOpen()}>
          <ServersDialog
            isOpen={isOpen()}
            onClose={() => {
              setOpen(false);
              props.onClosed();
            }}
            onChosen={() => {
              setOpen(false);
              props.onChosen();
            }}
          />
        </Show>
      </Suspense>
    </div>
  );
}
