import { resolve } from 'node:path';
import type { AdmissionSettings } from '#apiserver/admission/registry.ts';
import type { TokenSettings } from '#apiserver/auth/authn/service-account-tokens.ts';
import type { FeatureGates } from '#apiserver/feature-gates/feature-gates.ts';
import { type RequestLimits, defaultLimits } from '#apiserver/limits.ts';
import { CliError } from '#cli/errors.ts';
import { FieldPath, fieldErrorText } from '#machinery/field.ts';
import { parseDuration } from '#machinery/go-values.ts';
import type { ApiServerSettings } from '../api-server-settings.ts';
import { type ApiServerConfig, printedFlags } from './api-server-options.ts';
import { ReloadedFile } from './reloaded-file.ts';
import type { ReloadMetrics, ReloadedKind } from './reload-metrics.ts';
import { readServing } from './serving-config.ts';
import { listOf, oneOf } from './shape.ts';
import { joined } from './yaml-file.ts';

const root = FieldPath.of('apiServer');

/** Reads the files that the configuration names. Throws CliError with what is wrong. */
export async function readApiServer(config: ApiServerConfig, folder: string): Promise<ApiServerSettings> {
  const { authenticationConfig, authorizationConfig, eventTtl } = config;
  const admission = await readAdmission(config, folder);
  const authentication =
    authenticationConfig && (await openAuthentication(resolve(folder, authenticationConfig)));
  const authorization =
    authorizationConfig && (await openAuthorization(resolve(folder, authorizationConfig)));
  const { serving, clientCas, files } = await readServing(config, folder, root);
  const features = await readFeatures(config);
  const runtimeConfig = await readRuntimeConfig(config);
  return {
    admission,
    ...(authentication ? { authentication: () => authentication.value } : {}),
    ...(authorization ? { authorizers: () => authorization.value } : {}),
    ...(clientCas ? { clientCas } : {}),
    ...(features ? { features } : {}),
    ...(runtimeConfig ? { runtimeConfig } : {}),
    ...(eventTtl === undefined ? {} : { eventTtlSeconds: Math.floor(seconds(eventTtl)) }),
    tokens: tokensOf(config),
    limits: limitsOf(config),
    serving,
    flags: printedFlags(config),
    files: [...[authentication, authorization].filter(file => typeof file === 'object'), ...files],
  };
}

async function openAuthentication(file: string) {
  const { readAuthentication } = await import('./authentication-config.ts');
  return ReloadedFile.open(file, readAuthentication, await reloadsOf('authentication'));
}

async function openAuthorization(file: string) {
  const { readAuthorization } = await import('./authorization-config.ts');
  return ReloadedFile.open(file, readAuthorization, await reloadsOf('authorization'));
}

/** Most clusters have none of these files, and need not wait for the code. */
async function reloadsOf(kind: ReloadedKind): Promise<ReloadMetrics> {
  const { ReloadMetrics } = await import('./reload-metrics.ts');
  return new ReloadMetrics(kind);
}

async function readAdmission(
  {
    enableAdmissionPlugins: enabled = [],
    disableAdmissionPlugins: disabled = [],
    admissionControlConfigFile: file,
    defaultNotReadyTolerationSeconds: notReady,
    defaultUnreachableTolerationSeconds: unreachable,
  }: ApiServerConfig,
  folder: string,
): Promise<AdmissionSettings> {
  // Most clusters say nothing of plugins, and need not wait for their code here.
  const { admissionPluginNames } = await import('#apiserver/admission/registry.ts');
  const { readAdmissionConfiguration } = await import('./admission-config.ts');
  const known = listOf(oneOf(admissionPluginNames));
  const both = enabled.filter(name => disabled.includes(name)).sort();
  refuse([
    ...known(enabled, root.child('enableAdmissionPlugins')),
    ...known(disabled, root.child('disableAdmissionPlugins')),
    ...both.map(name => `${root.child('disableAdmissionPlugins')}: ${name} is in enableAdmissionPlugins too`),
  ]);
  const configurations = file ? await readAdmissionConfiguration(resolve(folder, file)) : {};
  if (enabled.includes('EventRateLimit') && !configurations.EventRateLimit) {
    const at = root.child('enableAdmissionPlugins');
    refuse([`${at}: EventRateLimit needs limits, which admissionControlConfigFile has to name`]);
  }
  if (enabled.includes('ImagePolicyWebhook') && !configurations.ImagePolicyWebhook) {
    const at = root.child('enableAdmissionPlugins');
    refuse([`${at}: ImagePolicyWebhook needs a webhook, which admissionControlConfigFile has to name`]);
  }
  return { enabled, disabled, configurations, silence: { notReady, unreachable } };
}

async function readRuntimeConfig({ runtimeConfig }: ApiServerConfig) {
  if (!runtimeConfig) return undefined;
  const [{ loadSchemas }, { builtInResources }, { validateRuntimeConfig }] = await Promise.all([
    import('#api/schemas.ts'),
    import('#api/registry.ts'),
    import('#api/runtime-config.ts'),
  ]);
  const texts = Object.fromEntries(Object.entries(runtimeConfig).map(([key, on]) => [key, String(on)]));
  const path = root.child('runtimeConfig');
  const errors = validateRuntimeConfig(texts, path, loadSchemas().groupVersions(), builtInResources);
  refuse(errors.map(fieldErrorText));
  return texts;
}

async function readFeatures({ featureGates }: ApiServerConfig): Promise<FeatureGates | undefined> {
  if (!featureGates) return undefined;
  const { FeatureGates, validateFeatureGates } = await import('#apiserver/feature-gates/feature-gates.ts');
  const path = root.child('featureGates');
  const odd = Object.entries(featureGates).filter(([, on]) => !/^(true|false)$/i.test(String(on)));
  refuse(
    odd.map(([name, on]) => `${path.key(name)}: Invalid value: ${JSON.stringify(on)}: must be true or false`),
  );
  const gates = Object.fromEntries(
    Object.entries(featureGates).map(([name, on]) => [name, /^true$/i.test(String(on))]),
  );
  refuse(validateFeatureGates(gates, path).map(fieldErrorText));
  return new FeatureGates(gates);
}

function tokensOf({
  serviceAccountIssuer: issuers,
  serviceAccountJwksUri: jwksUri,
  serviceAccountMaxTokenExpiration: expiration,
  serviceAccountExtendTokenExpiration: extendsExpiration,
  apiAudiences: audiences,
}: ApiServerConfig): TokenSettings {
  return {
    ...(issuers?.length ? { issuers } : {}),
    ...(jwksUri ? { jwksUri } : {}),
    ...(expiration ? { secondsMax: Math.floor(seconds(expiration)) } : {}),
    ...(extendsExpiration === undefined ? {} : { extendsExpiration }),
    ...(audiences?.length ? { audiences } : {}),
  };
}

function limitsOf({
  requestTimeout,
  minRequestTimeout,
  maxRequestsInflight = 400,
  maxMutatingRequestsInflight = 200,
}: ApiServerConfig): Partial<RequestLimits> {
  const serverSeats = maxRequestsInflight + maxMutatingRequestsInflight;
  if (serverSeats === 0) {
    const at = root.child('maxRequestsInflight');
    refuse([`${at}: Invalid value: 0: must be positive together with maxMutatingRequestsInflight`]);
  }
  return {
    serverSeats,
    requestMsMax: requestTimeout ? seconds(requestTimeout) * 1000 : defaultLimits.requestMsMax,
    watchMsMin: minRequestTimeout ? minRequestTimeout * 1000 : defaultLimits.watchMsMin,
  };
}

function seconds(duration: string): number {
  return Number(parseDuration(duration)) / 1e9;
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new CliError(`error: ${joined(problems)}`);
}
