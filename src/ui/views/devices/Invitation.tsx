import { passFocusOn } from '../../state/pass-focus-on.ts';

export interface InvitationProps {
  onAccept: () => void;
  onDecline: () => void;
}

/** A pairing link was opened. Anybody can make a person open one, so nothing is sent before they say so. */
export function Invitation(props: InvitationProps) {
  return (
    <section class="dialog-part" aria-labelledby="devices-invitation">
      <h3 id="devices-invitation">Use another computer’s GPU?</h3>
      <p class="dialog-hint">
        This link pairs this device with the computer that made it. What you write here, with the conversation
        so far, is then sent to that computer, and whoever uses it can read that. Go on if you scanned or
        copied the link yourself, from a computer that you trust.
      </p>
      <div class="device-buttons">
        <button
          type="button"
          class="button button-primary"
          ref={passFocusOn}
          onClick={() => props.onAccept()}
        >
          Use its GPU
        </button>
        <button type="button" class="button" onClick={() => props.onDecline()}>
          Not now
        </button>
      </div>
    </section>
  );
}
