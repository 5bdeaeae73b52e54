import { AppError } from '../../shared/errors.ts';

/** The devices of one loaded model, and whether one of them was lost without our doing. */
export interface LossGuard {
  /** What to tell people, once a device is lost. */
  readonly loss: AppError | null;
  add(device: GPUDevice): void;
  /** The work's result, or `gpu-lost` as soon as a device is: web-llm's own promises may then never settle. */
  race<T>(work: () => Promise<T>): Promise<T>;
  /** Destroys the devices; from here on their loss is ours. */
  release(): void;
}

export function makeLossGuard(): LossGuard {
  const devices: GPUDevice[] = [];
  // Not a promise to race against: one that outlives a million races would keep a reaction of each.
  const waiting = new Set<(loss: AppError) => void>();
  let loss: AppError | null = null;
  let isReleased = false;

  async function follow(device: GPUDevice): Promise<void> {
    const { reason, message } = await device.lost;
    if (isReleased || loss) return;
    const cause = new Error(message || `The device was lost: ${reason}.`);
    loss = new AppError('gpu-lost', 'The GPU stopped working for this page.', { cause });
    for (const reject of waiting) reject(loss);
  }

  return {
    get loss() {
      return loss;
    },

    add(device) {
      devices.push(device);
      void follow(device);
    },

    race: (work) =>
      new Promise((resolve, reject) => {
        if (loss) {
          reject(loss);
          return;
        }
        waiting.add(reject);
        work()
          .then(resolve, async (error: unknown) => {
            // What waits for a device may hear of its end before `lost` says so, and call it something else. The queue of
            // a lost device answers after that.
            await Promise.allSettled(devices.map(({ queue }) => queue.onSubmittedWorkDone()));
            reject(error);
          })
          .finally(() => waiting.delete(reject));
      }),

    release() {
      isReleased = true;
      for (const device of devices) device.destroy();
    },
  };
}
