import { For, Show } from 'solid-js';
import type { ModelChoice } from '../../../shared/engine-state.ts';
import type { DownloadView } from '../../../shared/models-state.ts';
import { CommandError } from '../../parts/CommandError.tsx';
import { FactList } from '../../parts/FactList.tsx';
import { TwoStepButton } from '../../parts/TwoStepButton.tsx';
import { createCommand } from '../../state/create-command.ts';
import type { FileWork } from '../../state/create-file-work.ts';
import { askToKeep } from '../../state/create-persistence.ts';
import { fitWords } from '../../state/fit-words.ts';
import { formatBytes, formatNumber } from '../../state/format-figures.ts';
import { passFocusOn } from '../../state/pass-focus-on.ts';
import { useCore } from '../../state/use-core.ts';
import { DownloadPart } from './DownloadPart.tsx';
import { FileWorkPart } from './FileWorkPart.tsx';
import { GetWeights } from './GetWeights.tsx';
import { ModelSettingsPart } from './ModelSettingsPart.tsx';
import { OpenChatCard } from './OpenChatCard.tsx';
import { PageHead } from './PageHead.tsx';

export interface ModelPageProps {
  model: ModelChoice;
  isCurrent: boolean;
  storedBytes: number | null;
  download: DownloadView | null;
  /** Goes on when this page is left. */
  work: FileWork;
  onBack: () => void;
  onAdd: (address: string) => void;
  onOpen: (modelId: string) => void;
  /** The model was chosen: from here on the engine line tells. */
  onUse: (action: Promise<void>) => void;
}

function factsOf({ about, gpuBytes, needsF16, quantization }: ModelChoice): [string, string][] {
  const facts: [string, string][] = [['Quantisation', quantization]];
  if (about?.downloadBytes) facts.push(['Download', `about ${formatBytes(about.downloadBytes)}`]);
  if (gpuBytes !== null) facts.push(['GPU memory', formatBytes(gpuBytes)]);
  if (about) facts.push(['Context', `${formatNumber(about.contextTokens)} tokens`]);
  facts.push(['16-bit arithmetic', needsF16 ? 'needed' : 'not needed']);
  if (about) {
    facts.push(['Licence', about.licence ?? 'see where it comes from'], ['Comes from', about.origin]);
  }
  return facts;
}

/** All about one model: what it is, whether it fits, what it is bad at, and what can be done with it. */
export function ModelPage(props: ModelPageProps) {
  const core = useCore();
  const command = createCommand();
  /** Its own: the button that has the focus must not be disabled by it. */
  const removal = createCommand();
  const isHere = () => props.model.builtIn || props.storedBytes !== null;
  const isForPeer = () => props.model.engine === 'peer';
  const needsWeights = () => props.model.about?.source === 'weights-missing';
  const isOpenChat = () => props.model.about?.family === 'OpenChat';

  const kind = () => props.work.kindOf(props.model.id);
  /** Gigabytes that the browser erases by itself would have to be fetched again. */
  const keepWhatComes = () => {
    if (!isHere() && !isForPeer()) void askToKeep().catch(() => {});
  };
  const download = () => {
    const { id } = props.model;
    void command.run(() => core.api.downloadModel(id));
  };
  const remove = () => {
    const { id } = props.model;
    void removal.run(() => core.api.removeModel(id));
  };

  return (
    <div class="model-page">
      <PageHead title={props.model.label} onBack={props.onBack} />
      <Show when={props.model.fit}>
        {(fit) => (
          <p class="model-fit">
            <span class="fit" data-verdict={fit().verdict}>
              {fitWords[fit().verdict]}
            </span>{' '}
            {fit().reason}
            <Show when={fit().instead}>
              {(instead) => (
                <button type="button" class="link-button" onClick={() => props.onOpen(instead().id)}>
                  Rather: {instead().label}
                </button>
              )}
            </Show>
          </p>
        )}
      </Show>
      <Show
        when={!isForPeer()}
        fallback={<p>It runs on another device’s GPU: nothing is downloaded here.</p>}
      >
        <FactList class="model-facts" facts={factsOf(props.model)} />
      </Show>
      <Show when={props.model.about?.limits.length}>
        <section class="model-limits">
          <h4>Know its limits</h4>
          <ul>
            <For each={props.model.about?.limits}>{(limit) => <li>{limit}</li>}</For>
          </ul>
        </section>
      </Show>
      <Show when={isOpenChat()}>
        <OpenChatCard />
      </Show>
      <Show when={needsWeights()}>
        <GetWeights model={props.model} onAdd={(address) => props.onAdd(address)} />
      </Show>
      <Show when={(isHere() || props.model.engine === 'http') && props.model.id} keyed>
        <ModelSettingsPart model={props.model} />
      </Show>
      <Show when={props.download}>{(download) => <DownloadPart download={download()} />}</Show>
      <Show when={kind()}>{(known) => <FileWorkPart kind={known()} work={props.work} />}</Show>
      <CommandError command={command} class="model-error" />
      <CommandError command={{ error: () => props.work.errorOf(props.model.id) }} class="model-error" />
      <CommandError command={removal} class="model-error" />
      <div class="model-actions">
        <Show when={!needsWeights()}>
          <button
            type="button"
            class="button button-primary"
            disabled={props.model.fit?.verdict === 'no' && !isHere()}
            onClick={() => {
              keepWhatComes();
              props.onUse(core.api.chooseModel(props.model.id));
            }}
          >
            {props.isCurrent ? 'Load again' : isHere() || isForPeer() ? 'Use this model' : 'Download and use'}
          </button>
          <Show when={!isHere() && !isForPeer() && !props.download}>
            <button
              ref={passFocusOn}
              type="button"
              class="button"
              disabled={props.model.fit?.verdict === 'no'}
              onClick={() => {
                keepWhatComes();
                download();
              }}
            >
              Download only
            </button>
          </Show>
        </Show>
        <Show when={props.storedBytes !== null && !props.model.builtIn}>
          <button
            type="button"
            class="button"
            aria-disabled={props.work.isBusy()}
            onClick={() => void props.work.check(props.model)}
          >
            {kind() === 'check' ? 'Checking …' : 'Check its files'}
          </button>
          <button
            type="button"
            class="button"
            aria-disabled={props.work.isBusy()}
            onClick={() => void props.work.save(props.model)}
          >
            {kind() === 'save' ? 'Saving …' : 'Save as a file'}
          </button>
        </Show>
        <Show
          when={(props.storedBytes !== null || props.model.about?.source === 'own') && !props.model.builtIn}
        >
          <TwoStepButton
            label="Remove"
            disabled={kind() !== null}
            confirm={
              props.storedBytes ? `Erase its ${formatBytes(props.storedBytes)}` : 'Remove it from the list'
            }
            keep="Keep it"
            onConfirm={remove}
          />
        </Show>
      </div>
    </div>
  );
}
