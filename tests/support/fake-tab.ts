import type { CoreApi } from '../../src/shared/core-api.ts';
import { protocolVersion } from '../../src/shared/core-api.ts';
import { newId, type ConversationId, type MessageId, type TabId } from '../../src/shared/ids.ts';
import { tabLifeLock } from '../../src/shared/lock-names.ts';
import { applyEvent, type TopicName, type Topics } from '../../src/shared/topics.ts';
import type { FromTab, ToTab } from '../../src/shared/watch.ts';
import type { Core } from '../../src/worker/core.ts';
import { serveTab } from '../../src/worker/serve-tab.ts';
import type { FakeLocks } from './fake-locks.ts';

/** A tab without a page: it holds its lock, says hello, watches through real MessageChannels and applies events. */
export class FakeTab {
  readonly id = newId<TabId>();
  readonly api: CoreApi;
  readonly #locks: FakeLocks;
  readonly #ports: MessagePort[] = [];
  /** Batches received, for tests of coalescing. */
  batches = 0;
  /** A tab that does not acknowledge: frozen, or hopelessly slow. */
  frozen = false;

  private constructor(core: Core, locks: FakeLocks) {
    this.api = serveTab(core);
    this.#locks = locks;
  }

  static async open(core: Core, locks: FakeLocks, buildId = 'build-1'): Promise<FakeTab> {
    const tab = new FakeTab(core, locks);
    void locks.of(tab).request(tabLifeLock(tab.id), () => new Promise(() => {}));
    await Promise.resolve();
    await tab.api.hello({ protocol: protocolVersion, buildId, tabId: tab.id });
    return tab;
  }

  /** The state of a topic, kept up to date. */
  async watch<N extends TopicName>(topic: N): Promise<{ state: Topics[N]['state'] }> {
    const { port1, port2 } = new MessageChannel();
    this.#ports.push(port1);
    const view = { state: null as unknown as Topics[N]['state'] };
    const first = new Promise<void>((resolve) => {
      port1.onmessage = ({ data }) => {
        const message = data as ToTab<N>;
        this.batches++;
        if (message.type === 'snapshot') view.state = message.state;
        else for (const event of message.events) applyEvent(view, event);
        if (!this.frozen) port1.postMessage({ type: 'ack', number: message.number } satisfies FromTab);
        resolve();
      };
    });
    await this.api.watch(topic, port2);
    await first;
    return view;
  }

  /** Sends a message and returns the ids that were made for it. */
  async send(
    text: string,
    place: { conversationId?: ConversationId; parentId?: MessageId | null } = {},
  ): Promise<{ conversationId: ConversationId; messageId: MessageId; answerId: MessageId }> {
    const ids = {
      conversationId: place.conversationId ?? newId<ConversationId>(),
      messageId: newId<MessageId>(),
      answerId: newId<MessageId>(),
    };
    await this.api.send({ ...ids, parentId: place.parentId ?? null, text });
    return ids;
  }

  /** What the browser does to a closed or crashed tab. */
  close(): void {
    this.#locks.dieWith(this);
    for (const port of this.#ports) port.close();
  }
}
