import ServerIcon from 'lucide-solid/icons/server';
import { Show } from 'solid-js';
import { LazyPart } from '../../parts/LazyPart.tsx';
import { createDialog } from '../../state/create-dialog.ts';
import '../../styles/servers.css';
import { ServersDialog } from '../lazy-views.ts';

export interface ServersButtonProps {
  /** Other models may be offered now. */
  onClosed: () => void;
  onChosen: () => void;
}

/** The way to models that run elsewhere, with the servers' screen behind it. */
export function ServersButton(props: ServersButtonProps) {
  const dialog = createDialog();
  return (
    <div class="servers-way">
      <button type="button" class="button" aria-haspopup="dialog" onClick={dialog.open}>
        <ServerIcon />
        <span>Servers</span>
      </button>
      <span class="servers-way-hint">Or use a model on a server. What you write is then sent there.</span>
      <Show when={dialog.wasOpened()}>
        <LazyPart onGiveUp={dialog.forget}>
          <ServersDialog
            isOpen={dialog.isOpen()}
            onClose={() => {
              dialog.close();
              props.onClosed();
            }}
            onChosen={() => {
              dialog.close();
              props.onChosen();
            }}
          />
        </LazyPart>
      </Show>
    </div>
  );
}
