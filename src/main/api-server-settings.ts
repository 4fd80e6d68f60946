import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import type { RuntimeConfig } from '#api/runtime-config.ts';
import type { AdmissionSettings } from '#apiserver/admission/registry.ts';
import type { AuthenticationSettings } from '#apiserver/auth/authn/jwt-authenticator.ts';
import type { TokenSettings } from '#apiserver/auth/authn/service-account-tokens.ts';
import type { AuthorizerSettings } from '#apiserver/auth/authz/chain.ts';
import type { HealthCheck } from '#apiserver/health.ts';
import type { FeatureGates } from '#apiserver/feature-gates/feature-gates.ts';
import type { ServingSettings } from '#apiserver/http/serving.ts';
import type { RequestLimits } from '#apiserver/limits.ts';

export interface FollowedFile {
  /** What is told of how it went to take over what the file said later. */
  readonly families: readonly MetricFamily[];
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
  /** PEM of authorities whose clients are believed beside those of the cluster's own. */
  readonly clientCas?: () => string;
  readonly runtimeConfig?: RuntimeConfig;
  readonly features?: FeatureGates;
  readonly tokens?: TokenSettings;
  readonly limits?: Partial<RequestLimits>;
  readonly serving?: ServingSettings;
  readonly eventTtlSeconds?: number;
  /** What /flagz tells of these settings. */
  readonly flags?: Readonly<Record<string, string>>;
  /** What /healthz and /readyz ask beside what the server asks of itself. */
  readonly healthChecks?: readonly HealthCheck[];
  /** What /metrics tells beside all else. */
  readonly families?: readonly MetricFamily[];
  /** What is read again while the server runs. */
  readonly files?: readonly FollowedFile[];
}
