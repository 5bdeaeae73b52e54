import * as v from 'valibot';
import { ModelSettings } from '../../shared/model-settings.ts';
import type { Store } from '../store/store.ts';
import { makeInTurn } from '../in-turn.ts';

const settingKey = 'model-settings';
const Kept = v.record(v.string(), v.unknown());

/** What a person set for each model, as it was saved. */
export interface ModelSettingsBook {
  open(): Promise<void>;
  of(modelId: string): ModelSettings;
  /** Saved, then in force: from the next answer on. */
  set(modelId: string, settings: ModelSettings): Promise<void>;
}

export function makeModelSettings(store: Pick<Store, 'getSetting' | 'putSetting'>): ModelSettingsBook {
  let kept: Record<string, ModelSettings> = {};
  /** What another version of Hearth saved and this one cannot read: left as it is. */
  let unread: Record<string, unknown> = {};
  /** One change after another: two at once would each save what the other has not seen. */
  const inTurn = makeInTurn();
  return {
    async open() {
      const text = await store.getSetting(settingKey);
      const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Kept), text);
      kept = {};
      unread = parsed.success ? parsed.output : {};
      for (const [id, entry] of Object.entries(unread)) {
        const settings = v.safeParse(ModelSettings, entry);
        if (!settings.success) continue;
        kept[id] = settings.output;
        delete unread[id];
      }
    },
    of: (modelId) => kept[modelId] ?? {},
    set: (modelId, settings) =>
      inTurn(async () => {
        const { [modelId]: _before, ...others } = kept;
        const next = Object.keys(settings).length > 0 ? { ...others, [modelId]: settings } : others;
        const { [modelId]: _unread, ...left } = unread;
        await store.putSetting(settingKey, JSON.stringify({ ...left, ...next }));
        kept = next;
        unread = left;
      }),
  };
}
