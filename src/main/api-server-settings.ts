import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { AdmissionSettings } from '#apiserver/admission/registry.ts';
import type { AuthenticationSettings } from '#apiserver/auth/authn/jwt-authenticator.ts';
import type { AuthorizerSettings } from '#apiserver/auth/authz/chain.ts';

export interface FollowedFile {
  /** Until the result is disposed of. */
  follow(clock: Clock, log: Log): Disposable;
}

/** What an operator has the API server do otherwise than by default, checked. */
export interface ApiServerSettings {
  readonly admission?: AdmissionSettings;
  /** Who decides what somebody may do; asked for at each request. */
  readonly authorizers?: () => readonly AuthorizerSettings[];
  /** Whose word is taken beside the cluster's own; asked for at each token. */
  readonly authentication?: () => AuthenticationSettings;
  /** What is read again while the server runs. */
  readonly files?: readonly FollowedFile[];
}
