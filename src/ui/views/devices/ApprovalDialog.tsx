import { Dialog } from '@kobalte/core/dialog';
import { createEffect, on, Show } from 'solid-js';
import type { Approval, ApprovalView } from '../../../shared/devices-state.ts';
import { CommandError } from '../../parts/CommandError.tsx';
import { createCommand } from '../../state/create-command.ts';
import { groupDigits } from '../../state/format-code.ts';
import { returnFocus } from '../../state/return-focus.ts';
import { useCore } from '../../state/use-core.ts';
import '../../styles/dialog.css';
import '../../styles/devices.css';

/**
 * Asks this device's person whether another one may come in. It stays until they decide.
 * Not Kobalte's AlertDialog: loading that turns every other dialog of the page into one (0.13.14).
 */
export function ApprovalDialog(props: { approval: ApprovalView }) {
  const core = useCore();
  const command = createCommand();
  const focus = returnFocus();
  let content: EventTarget | null = null;
  /** On no button: it comes up while a person types or answers the one before, and their next key would decide. */
  const takeFocus = () => content instanceof HTMLElement && content.focus({ preventScroll: true });
  createEffect(on(() => props.approval.id, takeFocus, { defer: true }));
  const decide = (approval: Approval) => {
    const id = props.approval.id;
    void command.run(() => core.api.decideApproval(id, approval));
  };
  return (
    <Dialog open>
      <Dialog.Portal>
        <Dialog.Overlay class="dialog-scrim" />
        <div class="dialog-place">
          <Dialog.Content
            role="alertdialog"
            class="dialog approval"
            {...focus}
            onOpenAutoFocus={(event) => {
              focus.onOpenAutoFocus();
              event.preventDefault();
              content = event.currentTarget;
              // Once a dialog behind it has let go of the focus, as Kobalte does it.
              setTimeout(takeFocus);
            }}
          >
            <Dialog.Title class="dialog-title">
              Let <bdi>{props.approval.name}</bdi> use this GPU?
            </Dialog.Title>
            <Dialog.Description class="approval-text">
              {props.approval.platform ? `It says it is: ${props.approval.platform}. ` : ''}The device shows
              the same number. If it shows another one, do not allow it.
            </Dialog.Description>
            <output class="comparison-digits" aria-label="Comparison number">
              {groupDigits(props.approval.comparison)}
            </output>
            <Show when={props.approval.isNameTaken}>
              <p class="devices-warning">
                Another device of yours already has this name. Allow it only if you are adding it right now.
              </p>
            </Show>
            <CommandError command={command} class="devices-warning" />
            <div class="device-buttons">
              <button type="button" class="button" onClick={() => decide('deny')}>
                Don't allow
              </button>
              <button type="button" class="button" onClick={() => decide('once')}>
                Allow once
              </button>
              <button type="button" class="button button-primary" onClick={() => decide('always')}>
                Always allow
              </button>
            </div>
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog>
  );
}
