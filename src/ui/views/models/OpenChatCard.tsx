import { For } from 'solid-js';

/** Of the model card of OpenChat-3.5-1210. MT-Bench is out of 10, the rest are percent. */
const columns = [
  'Average',
  'MT-Bench',
  'HumanEval',
  'BBH MC',
  'AGIEval',
  'TruthfulQA',
  'MMLU',
  'GSM8K',
  'BBH CoT',
];
const rows: [name: string, size: string, ...figures: string[]][] = [
  ['OpenChat-3.5-1210', '7B', '63.8', '7.76', '68.9', '49.5', '48.0', '61.8', '65.3', '77.3', '61.8'],
  ['OpenChat-3.5', '7B', '61.6', '7.81', '55.5', '47.6', '47.4', '59.1', '64.3', '77.3', '63.5'],
  ['ChatGPT (March 2023)', '?', '61.5', '7.94', '48.1', '47.6', '47.1', '57.7', '67.3', '74.9', '70.1'],
  ['OpenHermes 2.5', '7B', '59.3', '7.54', '48.2', '49.4', '46.5', '57.5', '63.8', '73.5', '59.9'],
  ['OpenOrca Mistral', '7B', '52.7', '6.86', '38.4', '49.4', '42.9', '45.9', '59.3', '59.1', '58.1'],
  ['Zephyr-β', '7B', '34.6', '7.34', '22.0', '40.6', '39.0', '40.8', '39.8', '5.1', '16.0'],
  ['Mistral', '7B', '–', '6.84', '30.5', '39.0', '38.0', '–', '60.1', '52.2', '–'],
];

/** What OpenChat's makers say of it, above all what to be careful about. */
export function OpenChatCard() {
  return (
    <>
      <section class="model-limits">
        <h4>Safety</h4>
        <p>
          It may write harmful, hateful or biased text, and answer unsafe questions. Where answers must be
          safe, add safeguards of your own: Hearth has none for it.
        </p>
      </section>
      <section class="model-section">
        <h4>Two ways to ask</h4>
        <p>
          “GPT4 Correct” is for chat, code and general tasks; “Math Correct” is tuned for mathematics. Once
          the model is in use, choose between them below the message box, for each chat.
        </p>
      </section>
      <details class="model-section">
        <summary>Benchmarks from its model card</summary>
        <div class="model-table" tabIndex={0} role="region" aria-label="Benchmarks">
          <table>
            <thead>
              <tr>
                <th scope="col">Model</th>
                <th scope="col">Size</th>
                <For each={columns}>{(name) => <th scope="col">{name}</th>}</For>
              </tr>
            </thead>
            <tbody>
              <For each={rows}>
                {([name, ...figures]) => (
                  <tr>
                    <th scope="row">{name}</th>
                    <For each={figures}>{(figure) => <td>{figure}</td>}</For>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </div>
        <p class="model-hint">
          Measured by its makers at full precision, in December 2023. Quantised to 4 bits it may do less well.
        </p>
      </details>
    </>
  );
}
