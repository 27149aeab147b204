import type { Clock, Log } from '@prelector/kernel';
import type { Profile } from '@prelector/profiles';
import type { Authenticator } from './authentication/authenticator.js';

/** Where the services of a PACS node stand; `base` serves those that have no address of their own. */
export interface Roots {
  readonly base: string;
  readonly qido?: string;
  readonly wado?: string;
  readonly stow?: string;
}

/** PEM texts: the CA that is trusted instead of the system's, and our own certificate for mutual TLS. */
export interface TlsOptions {
  readonly ca?: string | readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/** Milliseconds; those not given are the profile's. */
export type Timeouts = Profile['http']['timeouts'];

export interface DicomWebClientOptions {
  readonly profile: Profile;
  readonly roots: Roots;
  /** Plain http is spoken only when this is set. */
  readonly allowHttp: boolean;
  /** How we say who we are; not at all by default. */
  readonly authenticator?: Authenticator;
  readonly tls?: TlsOptions;
  readonly timeouts?: Partial<Timeouts>;
  /** False for whatever only reads: then storing throws before anything is sent. */
  readonly mayStore: boolean;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface StoreOptions extends CallOptions {
  /**
   * Asked for each request at the very last moment: its connection stands and takes its first byte, and nothing is
   * waited for any more. What it throws is what the store throws, and nothing of that request was sent.
   */
  readonly leave?: () => Promise<void>;
}
