import { resolve } from 'node:path';
import type { AdmissionSettings } from '#apiserver/admission/registry.ts';
import { CliError } from '#cli/errors.ts';
import { FieldPath } from '#machinery/field.ts';
import type { ApiServerSettings } from '../api-server-settings.ts';
import { ReloadedFile } from './reloaded-file.ts';
import { anyText, count, fields, listOf, oneOf, text } from './shape.ts';
import { joined } from './yaml-file.ts';

/** The field `apiServer` of a Cluster: flags of upstream's API server, under their names. */
export interface ApiServerConfig {
  readonly enableAdmissionPlugins?: readonly string[];
  readonly disableAdmissionPlugins?: readonly string[];
  readonly admissionControlConfigFile?: string;
  readonly defaultNotReadyTolerationSeconds?: number;
  readonly defaultUnreachableTolerationSeconds?: number;
  readonly authenticationConfig?: string;
  readonly authorizationConfig?: string;
}

const secondsMax = 2 ** 31 - 1;

export const apiServerShape = fields({
  enableAdmissionPlugins: listOf(anyText),
  disableAdmissionPlugins: listOf(anyText),
  admissionControlConfigFile: text,
  defaultNotReadyTolerationSeconds: count(secondsMax),
  defaultUnreachableTolerationSeconds: count(secondsMax),
  authenticationConfig: text,
  authorizationConfig: text,
});

const root = FieldPath.of('apiServer');

/** Reads the files that the configuration names. Throws CliError with what is wrong. */
export async function readApiServer(config: ApiServerConfig, folder: string): Promise<ApiServerSettings> {
  const { authenticationConfig, authorizationConfig } = config;
  const admission = await readAdmission(config, folder);
  const authentication =
    authenticationConfig && (await openAuthentication(resolve(folder, authenticationConfig)));
  const authorization =
    authorizationConfig && (await openAuthorization(resolve(folder, authorizationConfig)));
  return {
    admission,
    ...(authentication ? { authentication: () => authentication.value } : {}),
    ...(authorization ? { authorizers: () => authorization.value } : {}),
    files: [authentication, authorization].filter(file => typeof file === 'object'),
  };
}

async function openAuthentication(file: string) {
  const { readAuthentication } = await import('./authentication-config.ts');
  return ReloadedFile.open(file, readAuthentication);
}

async function openAuthorization(file: string) {
  const { readAuthorization } = await import('./authorization-config.ts');
  return ReloadedFile.open(file, readAuthorization);
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
  return { enabled, disabled, configurations, silence: { notReady, unreachable } };
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new CliError(`error: ${joined(problems)}`);
}
