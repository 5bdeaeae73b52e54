import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { AppError } from '../../../src/shared/errors.ts';
import type { PairingRequest } from '../../../src/shared/devices-state.ts';
import type { DeviceId, PairingId } from '../../../src/shared/ids.ts';
import { makeScriptedCore, type ScriptedCore } from '../../support/scripted-core.ts';
import { devicesState, guestView, hostView, openCore } from '../../support/scripted-state.ts';
import { messageBox, openNewChat, openPage } from './show-app.tsx';

const dialog = page.getByRole('dialog', { name: 'Devices' });

type State = Parameters<typeof devicesState>[0];

/** The Devices screen of a page whose devices are these. */
async function openDevices(state: State, core = makeScriptedCore()): Promise<ScriptedCore> {
  openNewChat(core);
  core.snapshot('devices', devicesState(state));
  await page.getByRole('button', { name: /^Devices/ }).click();
  await expect.element(dialog).toBeVisible();
  return core;
}

/** A window that opens now. */
const openedPairing = () => ({
  fragment: '#p=1.route.key.secret',
  code: '12345678',
  expiresAt: Date.now() + 90_000,
});

test('adding a device: its link, its code and the time left, and the focus never leaves the dialog', async () => {
  const core = await openDevices({});
  core.on('openPairing', async () =>
    core.snapshot('devices', devicesState({ sharing: { pairing: openedPairing() } })),
  );
  core.on('closePairing', async () => core.snapshot('devices', devicesState()));
  const add = dialog.getByRole('button', { name: 'Add a device' });
  await add.click();
  await expect
    .element(dialog.getByRole('textbox', { name: 'Pairing link' }))
    .toHaveValue('http://192.168.1.20:18888/#p=1.route.key.secret');
  await expect.element(dialog.getByLabelText('Pairing code')).toHaveTextContent('1234 5678');
  await expect.element(dialog).toHaveTextContent(/Good for one device, 1:(2\d|30) left/);
  expect(dialog.element().contains(document.activeElement)).toBe(true);
  expect(document.activeElement).not.toBe(document.body);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect.element(add).toHaveFocus();
});

test('a device asks to come in: its name, the number to compare, and a copy of a known name is pointed out', async () => {
  const core = openNewChat();
  const id = 'newnewnewnewnew2' as DeviceId;
  const approval = { id, name: 'Nora’s phone', platform: 'Android', comparison: '224790', isNameTaken: true };
  core.snapshot('devices', devicesState({ sharing: { approvals: [approval] } }));
  const question = page.getByRole('alertdialog', { name: 'Let Nora’s phone use this GPU?' });
  await expect.element(question.getByLabelText('Comparison number')).toHaveTextContent('224 790');
  await expect.element(question).toHaveTextContent('already has this name');
  // Escape is no answer.
  await userEvent.keyboard('{Escape}');
  await question.getByRole('button', { name: 'Allow once' }).click();
  expect(core.calls).toContainEqual({ method: 'decideApproval', args: [id, 'once'] });
});

test('a dialog gives the focus back to the button that opened it', async () => {
  openNewChat();
  const button = page.getByRole('button', { name: /^Devices/ });
  (button.element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => dialog.element().contains(document.activeElement)).toBe(true);
  await userEvent.keyboard('{Escape}');
  await expect.element(dialog).not.toBeInTheDocument();
  await expect.element(button).toHaveFocus();
});

test('a decision gives the focus back to where the question took it from, or else to the message box', async () => {
  const core = openNewChat();
  const id = 'newnewnewnewnew2' as DeviceId;
  const approval = { id, name: 'Phone', platform: 'Android', comparison: '224790', isNameTaken: false };
  const ask = () => core.snapshot('devices', devicesState({ sharing: { approvals: [approval] } }));
  core.on('decideApproval', async () => core.snapshot('devices', devicesState()));
  const question = page.getByRole('alertdialog');
  const decide = async () => {
    await expect.element(question).toHaveFocus();
    await userEvent.keyboard('{Tab}{Enter}');
    await expect.element(question).not.toBeInTheDocument();
  };
  const button = page.getByRole('button', { name: /^Devices/ });
  (button.element() as HTMLElement).focus();
  ask();
  await decide();
  await expect.element(button).toHaveFocus();
  (messageBox.element() as HTMLElement).focus();
  ask();
  await decide();
  await expect.element(messageBox).toHaveFocus();
  (messageBox.element() as HTMLElement).blur();
  ask();
  await decide();
  await expect.element(messageBox).toHaveFocus();
});

test('what a person types when a question comes up is no answer, nor what they press for the one before', async () => {
  const core = openNewChat();
  const ask = (ids: string[]) =>
    core.snapshot(
      'devices',
      devicesState({
        sharing: {
          approvals: ids.map((id) => ({
            id: id as DeviceId,
            name: `Phone ${id}`,
            platform: 'Android',
            comparison: '224790',
            isNameTaken: false,
          })),
        },
      }),
    );
  core.on('decideApproval', async () => ask(['two']));
  await messageBox.fill('Half a');
  ask(['one', 'two']);
  await expect.element(page.getByRole('alertdialog', { name: /Phone one/ })).toHaveFocus();
  await userEvent.keyboard(' {Enter}');
  expect(core.calls).toEqual([]);
  await userEvent.keyboard('{Tab}{Enter}');
  await expect.element(page.getByRole('alertdialog', { name: /Phone two/ })).toHaveFocus();
  await userEvent.keyboard(' {Enter}');
  expect(core.calls).toEqual([{ method: 'decideApproval', args: ['one', 'deny'] }]);
});

test('what is asked can be answered on a screen that is zoomed in on', async () => {
  await page.viewport(320, 256);
  const core = openNewChat();
  const id = 'newnewnewnewnew2' as DeviceId;
  const approval = { id, name: 'Nora’s phone', platform: 'Android', comparison: '224790', isNameTaken: true };
  core.snapshot('devices', devicesState({ sharing: { approvals: [approval] } }));
  for (const name of ['Always allow', 'Allow once', "Don't allow"]) {
    const button = page.getByRole('button', { name });
    await expect.element(button).toBeVisible();
    button.element().scrollIntoView();
    const { x, y, width, height } = button.element().getBoundingClientRect();
    expect(document.elementFromPoint(x + width / 2, y + height / 2)).toBe(button.element());
  }
});

test('a guest is counted while it computes, stopped, limited, paused and revoked', async () => {
  const guest = guestView({ running: 1 });
  const core = await openDevices({ sharing: { guests: [guest] } });
  await expect.element(page.getByText('1 active')).toBeInTheDocument();
  await expect.element(dialog).toHaveTextContent('Android · Uses the GPU now');
  await dialog.getByRole('button', { name: 'Stop now' }).click();

  await dialog.getByRole('button', { name: 'Settings of Nora’s phone' }).click();
  const hourly = dialog.getByRole('spinbutton', { name: 'Tokens in an hour' });
  await hourly.fill('500');
  // News of the device must not close what is being typed in.
  core.snapshot(
    'devices',
    devicesState({ sharing: { guests: [{ ...guest, running: 0, tokensLastHour: 7 }] } }),
  );
  await expect.element(dialog).toHaveTextContent('7 tokens in the last hour');
  await expect.element(hourly).toHaveValue(500);
  await userEvent.tab();
  await dialog.getByRole('button', { name: 'Pause this device' }).click();
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
  const sure = dialog.getByRole('button', { name: 'Revoke Nora’s phone' });
  await expect.element(sure).toHaveFocus();
  await sure.click();
  expect(core.calls).toMatchObject([
    { method: 'stopSharing' },
    { method: 'setPolicy', args: [guest.id, { tokensPerHour: 500 }] },
    { method: 'setPolicy', args: [guest.id, { isPaused: true }] },
    { method: 'revoke', args: [guest.id] },
  ]);
});

test('the way to a host: the step that failed is named, with what to do', async () => {
  const failure = 'Hearth is not open in the computer’s browser. Open it there; this goes on by itself.';
  const core = await openDevices({ hosts: [hostView({ step: 'link', failure, path: null })] });
  const failed = dialog.getByText('Reach its browser').element().closest('li');
  expect(failed?.dataset['state']).toBe('failed');
  await expect.element(dialog.getByText(failure)).toBeVisible();
  await dialog.getByRole('button', { name: 'Try again' }).click();
  expect(core.calls).toEqual([{ method: 'reconnect', args: [] }]);

  core.snapshot('devices', devicesState({ hosts: [hostView({ step: 'approval', comparison: '224790' })] }));
  await expect.element(dialog).toHaveTextContent('It shows the same number:224 790');
  core.snapshot('devices', devicesState({ hosts: [hostView({ waiting: 2 })] }));
  await expect.element(dialog).toHaveTextContent('Connected directly · Pocket · 2 in its queue');
  await expect.element(dialog.getByRole('list').getByText('Reach its browser')).not.toBeInTheDocument();
});

test('what comes of a host is told where a screen reader listens already, and leaves no gap before', async () => {
  const core = await openDevices({ hosts: [hostView()] });
  const item = dialog.getByRole('list', { name: 'Devices whose GPU this one uses' }).getByRole('listitem');
  const news = item.getByRole('status').element();
  const boxOf = (part: string) => news.parentElement?.querySelector(part)?.getBoundingClientRect();
  const between = (boxOf('.device-buttons')?.top ?? 0) - (boxOf('.device-words')?.bottom ?? 0);
  expect(between).toBeGreaterThan(5);
  expect(between).toBeLessThan(15);
  core.snapshot('devices', devicesState({ hosts: [hostView({ step: 'approval', comparison: '224790' })] }));
  await expect.element(item.getByRole('status')).toHaveTextContent('224 790');
  expect(item.getByRole('status').element()).toBe(news);
});

test('a second host’s link: only that host ends the pairing, whatever the first one does meanwhile', async () => {
  const core = makeScriptedCore();
  const asked: PairingRequest[] = [];
  core.on('pair', async (offer) => void asked.push(offer));
  openCore(core);
  openPage(core, '#p=1.route.key.secret');
  await expect.element(dialog).toHaveTextContent('whoever uses it can read that');
  expect(location.hash).toBe('#/');
  expect(asked).toEqual([]);
  await dialog.getByRole('button', { name: 'Use its GPU' }).click();
  await expect.poll(() => asked).toHaveLength(1);
  const [offer] = asked;
  const pairingId = offer && 'id' in offer ? (offer.id ?? null) : null;
  expect(offer).toEqual({ fragment: '#p=1.route.key.secret', id: expect.any(String) });

  const known = hostView();
  const waiting = hostView({
    id: 'secondsecondsec2' as DeviceId,
    pairingId,
    name: 'Tower',
    step: 'approval',
    comparison: '224790',
  });
  core.snapshot('devices', devicesState({ hosts: [known, waiting] }));
  await expect.element(dialog).toHaveTextContent('It shows the same number:224 790');
  core.snapshot('devices', devicesState({ hosts: [{ ...known, step: 'link' }, waiting] }));
  core.snapshot('devices', devicesState({ hosts: [known, waiting] }));
  await expect.element(dialog).toHaveTextContent('It shows the same number:224 790');
  await expect.element(page.getByText(/^Connected to/)).not.toBeInTheDocument();

  core.snapshot('devices', devicesState({ hosts: [known, { ...waiting, step: 'ready', comparison: null }] }));
  await expect.element(dialog).not.toBeInTheDocument();
  await expect.element(page.getByText('Connected to Tower. Its GPU answers here now.')).toBeVisible();
});

test.each([
  ['by its button', () => dialog.getByRole('button', { name: 'Not now' }).click()],
  ['by Escape', () => userEvent.keyboard('{Escape}')],
])('a link that is declined %s pairs with nobody, and is not offered again', async (_, decline) => {
  const core = makeScriptedCore();
  openCore(core);
  openPage(core, '#p=1.route.key.secret');
  await expect.element(dialog.getByRole('heading', { name: /^Use another computer/ })).toBeVisible();
  await decline();
  await expect.element(dialog).not.toBeInTheDocument();
  await page.getByRole('button', { name: /^Devices/ }).click();
  await expect.element(dialog.getByRole('heading', { name: 'Use another GPU' })).toBeVisible();
  await expect.element(dialog.getByRole('button', { name: 'Use its GPU' })).not.toBeInTheDocument();
  expect(core.calls.map(({ method }) => method)).not.toContain('pair');
});

test('after a pairing that was cancelled, a host that comes is no news', async () => {
  const core = makeScriptedCore();
  openCore(core);
  openPage(core, '#p=1.route.key.secret');
  await dialog.getByRole('button', { name: 'Use its GPU' }).click();
  core.snapshot('devices', devicesState({ hosts: [hostView({ pairingId: 'another' as PairingId })] }));
  await expect.element(dialog).toHaveTextContent('Connected directly · Pocket');
  await expect.element(page.getByText(/^Connected to/)).not.toBeInTheDocument();
});

test('the first pairing turns the two directions round, and makes neither anew', async () => {
  const guest = guestView();
  const core = await openDevices({ sharing: { guests: [guest] } });
  const order = () =>
    dialog
      .getByRole('heading', { level: 3 })
      .elements()
      .map((each) => each.textContent);
  expect(order()).toEqual(['Share this GPU', 'Use another GPU']);
  await dialog.getByRole('button', { name: 'Settings of Nora’s phone' }).click();
  const connect = dialog.getByRole('button', { name: 'Connect' });
  (connect.element() as HTMLElement).focus();

  core.snapshot('devices', devicesState({ hosts: [hostView()], sharing: { guests: [guest] } }));
  await expect.poll(order).toEqual(['Use another GPU', 'Share this GPU']);
  await expect.element(connect).toHaveFocus();
  const hourly = dialog.getByRole('spinbutton', { name: 'Tokens in an hour' });
  await expect.element(hourly).toBeVisible();

  // The focus in the part that moves goes along.
  (hourly.element() as HTMLElement).focus();
  core.snapshot('devices', devicesState({ sharing: { guests: [guest] } }));
  await expect.poll(order).toEqual(['Share this GPU', 'Use another GPU']);
  await expect.element(hourly).toHaveFocus();
});

test('what is refused is said where it was asked for, and a switch shows what is', async () => {
  const core = await openDevices({ hosts: [hostView()] });
  const refuse = (message: string) => () => Promise.reject(new AppError('storage-failed', message));
  core.on('forgetHost', refuse('The disk is full.'));
  await dialog.getByRole('button', { name: 'Forget' }).click();
  expect(core.calls.map(({ method }) => method)).not.toContain('forgetHost');
  await dialog.getByRole('button', { name: `Forget ${hostView().name}` }).click();
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('The disk is full.');
  core.on('setRelayOnly', refuse('It could not be saved.'));
  const relayOnly = dialog.getByRole('switch', { name: 'Use relay only' });
  await relayOnly.click();
  await expect.element(dialog.getByRole('alert').last()).toHaveTextContent('It could not be saved.');
  await expect.element(relayOnly).not.toBeChecked();
});

test('what goes away with its button leaves the focus in the dialog', async () => {
  const failure = 'Hearth is not open in the computer’s browser.';
  const guest = guestView({ running: 1 });
  const core = await openDevices({
    hosts: [hostView({ step: 'link', failure })],
    sharing: { guests: [guest] },
  });
  const press = async (name: string) => {
    (dialog.getByRole('button', { name, exact: true }).element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
  };
  await press('Try again');
  core.snapshot('devices', devicesState({ hosts: [hostView()], sharing: { guests: [guest] } }));
  await expect.element(dialog).toHaveFocus();
  await press('Forget');
  await press(`Forget ${hostView().name}`);
  core.snapshot('devices', devicesState({ sharing: { guests: [guest] } }));
  await expect.element(dialog).toHaveFocus();
  await press('Stop now');
  core.snapshot('devices', devicesState({ sharing: { guests: [{ ...guest, running: 0 }] } }));
  await expect.element(dialog).toHaveFocus();
  await press('Revoke all');
  await expect.element(dialog.getByRole('button', { name: 'Revoke every device' })).toHaveFocus();
  await press('Keep them');
  await expect.element(dialog.getByRole('button', { name: 'Revoke all' })).toHaveFocus();
  await press('Revoke all');
  await press('Revoke every device');
  expect(core.calls.at(-1)).toEqual({ method: 'revokeAll', args: [] });
  core.snapshot('devices', devicesState());
  await expect.element(dialog).toHaveFocus();
});

test('a wrong code stays in its box, with the reason', async () => {
  const core = await openDevices({ sharing: { obstacle: 'This browser has no WebGPU.' } });
  core.on('pair', async () => {
    throw new AppError('pairing-failed', 'The code has eight digits.');
  });
  const box = dialog.getByRole('textbox', { name: 'Code from the other device' });
  await box.fill('1234');
  await dialog.getByRole('button', { name: 'Connect' }).click();
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('The code has eight digits.');
  await expect.element(box).toHaveValue('1234');
});

test('a copy of the app without its server names a signalling server, and is told what that sees', async () => {
  const core = await openDevices({ server: { type: 'none' } });
  await expect.element(dialog).toHaveTextContent('It sees that they talk, when, and from which addresses');
  const box = dialog.getByRole('textbox', { name: /^Signalling server/ });
  await expect.element(box).toHaveValue('');
  await box.fill('https://signal.example/');
  await userEvent.tab();
  await expect
    .poll(() => core.calls)
    .toEqual([{ method: 'setSignallingUrl', args: ['https://signal.example/'] }]);
});
