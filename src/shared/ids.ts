import { uuidv7 } from 'uuidv7';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type ConversationId = Id<'conversation'>;
export type MessageId = Id<'message'>;
export type TabId = Id<'tab'>;
/** Names one life of the core. A tab that sees it change knows that the core died and came back. */
export type BootId = Id<'boot'>;
/** An OpenAI-compatible server that the person added. */
export type ServerId = Id<'server'>;
/** A paired device: 16 letters of base32, 80 bits of the SHA-256 of its public key. */
export type DeviceId = Id<'device'>;
/** A pairing by link, named by the tab that takes it up, so that it can tell how this one goes. */
export type PairingId = Id<'pairing'>;

/**
 * A new id. UUIDv7 sorts by creation time, so IndexedDB keys do too, and it needs only
 * `getRandomValues`, which pages on plain-HTTP LAN addresses have (`randomUUID` they have not).
 */
export const newId = <T extends Id<string>>(): T => uuidv7() as T;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Reads an id that came from outside, such as an address. */
export const parseId = <T extends Id<string>>(text: string): T | null =>
  uuid.test(text) ? (text as T) : null;
