import ArrowLeft from 'lucide-solid/icons/arrow-left';
import { onMount } from 'solid-js';

/** The way back to the list, and the page's heading, which has the focus when the page opens. */
export function PageHead(props: { title: string; onBack: () => void }) {
  let heading: HTMLHeadingElement | undefined;
  onMount(() => heading?.focus());
  return (
    <>
      <button type="button" class="link-button model-back" onClick={() => props.onBack()}>
        <ArrowLeft />
        All models
      </button>
      <h3 tabIndex={-1} ref={(element) => (heading = element)}>
        {props.title}
      </h3>
    </>
  );
}
