import { connectionSteps, type ConnectionStep, type HostView } from '../../shared/devices-state.ts';

export interface StepView {
  label: string;
  state: 'done' | 'current' | 'failed' | 'ahead';
}

const labels: Record<Exclude<ConnectionStep, 'ready'>, string> = {
  signalling: 'Find the computer',
  link: 'Reach its browser',
  handshake: 'Check that it is the right one',
  approval: 'Be let in by its person',
  engine: 'Get its model ready',
};

/** The way to a host, step by step. */
export function stepsOf({ step, failure }: Pick<HostView, 'step' | 'failure'>): StepView[] {
  const at = connectionSteps.indexOf(step);
  return connectionSteps
    .filter((candidate) => candidate !== 'ready')
    .map((candidate, index) => {
      const here = failure === null ? 'current' : 'failed';
      return { label: labels[candidate], state: index < at ? 'done' : index === at ? here : 'ahead' };
    });
}

/** How a host stands, in a few words. */
export function hostWords(host: HostView): string {
  if (host.isOver) return 'Not connected';
  if (host.step !== 'ready' && host.failure === null) return 'Connecting';
  if (host.step === 'engine') return 'Connected, but cannot answer now';
  if (host.step !== 'ready') return 'Not there just now';
  const parts = [host.path === 'dtls' ? 'Connected directly' : 'Connected through the server'];
  if (host.isSuspended) return 'Asleep, or out of reach';
  if (host.model !== null) parts.push(host.model);
  const others = host.running + host.waiting;
  if (others > 0) parts.push(`${others} in its queue`);
  return parts.join(' · ');
}
