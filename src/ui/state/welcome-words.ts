import type { EngineState } from '../../shared/engine-state.ts';

export interface WelcomeWords {
  /** What Hearth is, to somebody who sees it first. */
  intro: string;
  /** Where what is written goes. */
  privacy: string;
}

/** True words for where answers are computed: here, at another device, at a server, or nowhere yet. */
export function welcomeWords(engine: EngineState | null): WelcomeWords {
  if (engine?.model?.engine === 'peer') {
    return {
      intro: `A chat with a language model that runs on the GPU of ${engine.model.label}.`,
      privacy: `Your chats are saved on this device only. ${engine.model.label} computes the answers and can read them; nobody in between can.`,
    };
  }
  if (engine?.model?.engine === 'http') {
    const { label, sentTo = [] } = engine.model;
    const goes =
      sentTo.length === 0
        ? 'No server offers this model now: what you write goes nowhere.'
        : `What you write is sent to ${sentTo.join(' or ')}, with the conversation so far; whoever runs it can read that.`;
    return {
      intro: `A chat with ${label}, a language model that runs on a server.`,
      privacy: `Your chats are saved on this device only. ${goes}`,
    };
  }
  if (engine?.status.type === 'missing') {
    return {
      intro:
        'A chat with a language model that runs in a browser. This one has no GPU for it: press “Devices” to use another one’s.',
      privacy: 'Your chats are saved on this device, and go nowhere before you add another one.',
    };
  }
  return {
    intro: "A chat with a language model that runs right here, on this device's own GPU.",
    privacy: 'Everything stays on this device: what you write, what it answers, and the model.',
  };
}
