import { dirname, isAbsolute, resolve } from 'node:path';
import type { Toleration } from '#api/generated/types/core.v1.ts';
import { validateTolerations } from '#api/core/pod/validate-scheduling.ts';
import { type EventLimit, limitTypes } from '#apiserver/admission/event-rate-limit.ts';
import type { ImagePolicySettings } from '#apiserver/admission/image-policy.ts';
import type { LimitedResource } from '#apiserver/admission/limited-resources.ts';
import { selectorProblem } from '#apiserver/admission/pod-node-selector.ts';
import {
  type LevelVersion,
  type PodSecuritySettings,
  levelProblem,
  parseLevel,
  parseVersion,
  versionProblem,
} from '#apiserver/admission/pod-security/policy.ts';
import { type PluginConfigurations, admissionPluginNames } from '#apiserver/admission/registry.ts';
import { WebhookClients } from '#apiserver/admission/webhooks/clients.ts';
import { CliError } from '#cli/errors.ts';
import { type FieldPath, fieldError, fieldErrorText } from '#machinery/field.ts';
import { checkDns1123Label, checkDns1123Subdomain } from '#machinery/names.ts';
import {
  type Shape,
  anyText,
  count,
  fields,
  flag,
  listOf,
  mapOf,
  mapping,
  number,
  oneOf,
  positive,
  problemsOf,
  text,
  textThat,
  unique,
} from './shape.ts';
import { serverOf, webhookClientsOf } from './webhook-kubeconfig.ts';
import { joined, readYamlShape } from './yaml-file.ts';

const int32Max = 2 ** 31 - 1;

/** What a plugin's configuration looks like, and what the plugin takes of it. */
interface Configured<T> {
  readonly shape: Shape;
  read(value: object): T;
}

function versioned(versions: readonly string[], kinds: readonly string[], known: Record<string, Shape>) {
  return fields({ apiVersion: oneOf(versions), kind: oneOf(kinds), ...known }, ['apiVersion', 'kind']);
}

const level = textThat(value => (parseLevel(value) ? [] : [levelProblem]));
const version = textThat(value => (parseVersion(value) === undefined ? [versionProblem] : []));
const userName = textThat(value => (value === '' ? ['username must not be empty'] : []));

interface PodSecurityFile {
  readonly defaults?: Readonly<Record<string, string>>;
  readonly exemptions?: PodSecuritySettings['exemptions'];
}

const podSecurity: Configured<PodSecuritySettings> = {
  shape: versioned(
    ['v1', 'v1beta1', 'v1alpha1'].map(name => `pod-security.admission.config.k8s.io/${name}`),
    ['PodSecurityConfiguration'],
    {
      defaults: fields({
        enforce: level,
        'enforce-version': version,
        audit: level,
        'audit-version': version,
        warn: level,
        'warn-version': version,
      }),
      exemptions: fields({
        usernames: unique(userName),
        namespaces: unique(textThat(checkDns1123Label)),
        runtimeClasses: unique(textThat(checkDns1123Subdomain)),
      }),
    },
  ),
  read({ defaults = {}, exemptions = {} }: PodSecurityFile) {
    const of = (mode: string): LevelVersion => ({
      level: parseLevel(defaults[mode] ?? 'privileged')!,
      minor: parseVersion(defaults[`${mode}-version`] ?? 'latest')!,
    });
    return { defaults: { enforce: of('enforce'), audit: of('audit'), warn: of('warn') }, exemptions };
  },
};

const limitedResource = fields(
  {
    apiGroup: anyText,
    resource: text,
    matchContains: listOf(anyText),
    matchScopes: listOf(
      fields(
        {
          scopeName: text,
          operator: oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: listOf(anyText),
        },
        ['scopeName', 'operator'],
      ),
    ),
  },
  ['resource'],
);

const resourceQuota: Configured<{ limitedResources?: readonly LimitedResource[] }> = {
  shape: versioned(
    [
      'apiserver.config.k8s.io/v1',
      ...['v1beta1', 'v1alpha1'].map(name => `resourcequota.admission.k8s.io/${name}`),
    ],
    ['ResourceQuotaConfiguration', 'Configuration'],
    { limitedResources: listOf(limitedResource) },
  ),
  read: value => value,
};

const someLimits: Shape = (value, path) => {
  const limits = listOf(
    fields(
      {
        type: oneOf(limitTypes),
        qps: positive(int32Max),
        burst: positive(int32Max),
        cacheSize: count(int32Max),
      },
      ['type', 'qps', 'burst'],
    ),
  );
  if (!Array.isArray(value) || value.length > 0) return limits(value, path);
  return [fieldErrorText(fieldError.invalid(path, value, 'must not be empty'))];
};

const eventRateLimit: Configured<{ limits: readonly EventLimit[] }> = {
  shape: (value, path) => [
    ...versioned(['eventratelimit.admission.k8s.io/v1alpha1'], ['Configuration'], { limits: someLimits })(
      value,
      path,
    ),
    ...((value as { limits?: unknown }).limits ? [] : someLimits([], path.child('limits'))),
  ],
  read: value => value as { limits: readonly EventLimit[] },
};

const tolerations: Shape = (value, path) => {
  const problems = listOf(mapping)(value, path);
  if (problems.length > 0) return problems;
  return validateTolerations(path, value as Toleration[]).map(fieldErrorText);
};

const podTolerationRestriction: Configured<NonNullable<PluginConfigurations['PodTolerationRestriction']>> = {
  shape: versioned(['podtolerationrestriction.admission.k8s.io/v1alpha1'], ['Configuration'], {
    default: tolerations,
    whitelist: tolerations,
  }),
  read: value => value,
};

const podNodeSelector: Configured<NonNullable<PluginConfigurations['PodNodeSelector']>> = {
  shape: fields({
    podNodeSelectorPluginConfig: mapOf(
      textThat(value => {
        const problem = selectorProblem(value);
        return problem === undefined ? [] : [problem];
      }),
    ),
  }),
  read: value =>
    (value as { podNodeSelectorPluginConfig?: Record<string, string> }).podNodeSelectorPluginConfig ?? {},
};

const webhookAdmission: Configured<WebhookClients> = {
  shape: versioned(
    ['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1alpha1'],
    ['WebhookAdmissionConfiguration', 'WebhookAdmission'],
    {
      kubeConfigFile: textThat(file =>
        file === '' || isAbsolute(file) ? [] : ['must be an absolute file path'],
      ),
    },
  ),
  read: value => {
    const { kubeConfigFile } = value as { kubeConfigFile?: string };
    return kubeConfigFile ? webhookClientsOf(kubeConfigFile) : new WebhookClients(new Map());
  },
};

/** A span in a unit; 0 is the default, -1 none. Given in ms. */
function span(unitMs: number, minMs: number, maxMs: number): Shape {
  const range = `must be from ${minMs / unitMs} to ${maxMs / unitMs}, 0 (the default) or -1 (none)`;
  return number(value => {
    const isIn = value * unitMs >= minMs && value * unitMs <= maxMs;
    return isIn || value === 0 || value === -1 ? [] : [range];
  });
}

function spanMs(value: number, unitMs: number, usualMs: number): number {
  if (value === 0) return usualMs;
  return value === -1 ? 0 : value * unitMs;
}

interface ImagePolicyFile {
  readonly imagePolicy: {
    readonly kubeConfigFile: string;
    readonly allowTTL?: number;
    readonly denyTTL?: number;
    readonly retryBackoff?: number;
    readonly defaultAllow?: boolean;
  };
}

const secondMs = 1000;
const halfHourMs = 1_800_000;

const imagePolicy: Configured<ImagePolicySettings> = {
  shape: fields(
    {
      imagePolicy: fields(
        {
          kubeConfigFile: text,
          allowTTL: span(secondMs, secondMs, halfHourMs),
          denyTTL: span(secondMs, secondMs, halfHourMs),
          retryBackoff: span(1, 1, 300_000),
          defaultAllow: flag,
        },
        ['kubeConfigFile'],
      ),
    },
    ['imagePolicy'],
  ),
  read: value => {
    const {
      kubeConfigFile,
      allowTTL = 0,
      denyTTL = 0,
      retryBackoff = 0,
      defaultAllow = false,
    } = (value as ImagePolicyFile).imagePolicy;
    return {
      server: serverOf(kubeConfigFile),
      allowMs: spanMs(allowTTL, secondMs, 300_000),
      denyMs: spanMs(denyTTL, secondMs, 30_000),
      backoffMs: spanMs(retryBackoff, 1, 500),
      defaultAllow,
    };
  },
};

const configured: {
  readonly [K in keyof PluginConfigurations]-?: Configured<NonNullable<PluginConfigurations[K]>>;
} = {
  PodSecurity: podSecurity,
  ResourceQuota: resourceQuota,
  EventRateLimit: eventRateLimit,
  PodTolerationRestriction: podTolerationRestriction,
  PodNodeSelector: podNodeSelector,
  ImagePolicyWebhook: imagePolicy,
  MutatingAdmissionWebhook: webhookAdmission,
  ValidatingAdmissionWebhook: webhookAdmission,
};

interface PluginEntry {
  readonly name: string;
  readonly path?: string;
  readonly configuration?: object;
}

const shape = versioned(
  ['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1alpha1'],
  ['AdmissionConfiguration'],
  {
    plugins: listOf(
      fields({ name: oneOf(admissionPluginNames), path: anyText, configuration: mapping }, ['name']),
    ),
  },
);

/** Reads an AdmissionConfiguration (apiserver.config.k8s.io/v1), and what it names. Throws CliError with all that is wrong. */
export async function readAdmissionConfiguration(file: string): Promise<PluginConfigurations> {
  const { plugins = [] } = (await readYamlShape(file, shape)) as { plugins?: readonly PluginEntry[] };
  const read: [string, unknown][] = [];
  for (const [i, { name, path, configuration }] of plugins.entries()) {
    const known = configured[name as keyof PluginConfigurations] as Configured<unknown> | undefined;
    if (read.some(([other]) => other === name)) continue;
    if (!known && !configuration && !path) continue;
    if (!known) throw new CliError(`error: ${file}: plugins[${i}]: ${name} takes no configuration`);
    const at = (root: FieldPath) => root.child('plugins').index(i).child('configuration');
    if (configuration) {
      const problems = problemsOf(configuration, (value, root) => known.shape(value, at(root)));
      if (problems.length > 0) throw new CliError(`error: ${file}: ${joined(problems)}`);
      read.push([name, taken(file, () => known.read(configuration))]);
    } else if (path) {
      const named = resolve(dirname(file), path);
      const value = await readYamlShape(named, known.shape);
      read.push([name, taken(named, () => known.read(value))]);
    }
  }
  return Object.fromEntries(read);
}

/** Files that it names in turn may be missing, or be no good. */
function taken<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CliError(`error: ${file}: ${(error as Error).message}`);
  }
}
