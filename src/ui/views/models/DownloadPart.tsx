import type { DownloadView } from '../../../shared/models-state.ts';
import { CommandError } from '../../parts/CommandError.tsx';
import { TwoStepButton } from '../../parts/TwoStepButton.tsx';
import { createCommand } from '../../state/create-command.ts';
import { downloadWords } from '../../state/download-words.ts';
import { passFocusOn } from '../../state/pass-focus-on.ts';
import { useCore } from '../../state/use-core.ts';

/** A download that is under way or was stopped, the same in every tab. */
export function DownloadPart(props: { download: DownloadView }) {
  const core = useCore();
  const command = createCommand();
  const act = (name: 'pauseDownload' | 'downloadModel' | 'removeModel') => {
    const { modelId } = props.download;
    void command.run(() => core.api[name](modelId));
  };
  const isStopped = () => props.download.stage === 'paused' || props.download.stage === 'failed';
  const part = () => {
    const { receivedBytes, totalBytes } = props.download;
    // An element takes no number that is none.
    return totalBytes ? receivedBytes / totalBytes : 0;
  };
  return (
    <section class="download" aria-label="Download">
      <progress max="1" value={part()} aria-label={`Download of ${props.download.label}`} />
      <p class="download-words" data-stage={props.download.stage}>
        {downloadWords(props.download)}
      </p>
      <CommandError command={command} class="model-error" />
      <div class="model-actions">
        {/* One button: the focus stays on what was pressed. */}
        <button
          ref={passFocusOn}
          type="button"
          class="button"
          onClick={() => act(isStopped() ? 'downloadModel' : 'pauseDownload')}
        >
          {props.download.stage === 'failed' ? 'Try again' : isStopped() ? 'Go on' : 'Pause'}
        </button>
        <TwoStepButton
          label="Cancel"
          confirm="Erase what has come"
          keep="Keep it"
          onConfirm={() => act('removeModel')}
        />
      </div>
    </section>
  );
}
