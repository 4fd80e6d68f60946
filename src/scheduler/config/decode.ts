import { DecodeError } from '#machinery/decode-error.ts';
import { decodeChecked, strictErrorText } from '#machinery/json-decode.ts';
import { decodeYaml, parseYaml } from '#machinery/yaml.ts';
import { argumentSchemas, configurationSchema } from './schema.ts';
import type {
  ConfigurablePlugin,
  KubeSchedulerConfiguration,
  KubeSchedulerProfile,
  PluginConfig,
} from './types.ts';

export const configApiVersion = 'kubescheduler.config.k8s.io/v1';
const configKind = 'KubeSchedulerConfiguration';

/** A configuration file that is refused, in upstream's words. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Schemas = ReturnType<typeof argumentSchemas>;

/** Reads YAML or JSON, plugins' arguments too. Fields that there are not, and repeated ones, are errors (ConfigError). */
export function decodeConfiguration(text: string): KubeSchedulerConfiguration {
  try {
    checkKind(parseYaml(text));
    const options = { fieldValidation: 'Strict' } as const;
    const { object, strictErrors } = decodeYaml<KubeSchedulerConfiguration>(
      text,
      configurationSchema,
      options,
    );
    const schemas = argumentSchemas();
    const wrong = [...strictErrors];
    const profiles = object.profiles?.map((profile, i) =>
      withArguments(profile, schemas, (j, problem) =>
        wrong.push(`decoding .profiles[${i}].pluginConfig[${j}]: ${strictErrorText([problem])}`),
      ),
    );
    if (wrong.length > 0) throw new ConfigError(strictErrorText(wrong));
    return { ...object, ...(profiles ? { profiles } : {}) };
  } catch (error) {
    throw error instanceof DecodeError ? new ConfigError(error.message) : error;
  }
}

function checkKind(value: unknown): void {
  const { apiVersion, kind } = (value ?? {}) as Partial<KubeSchedulerConfiguration>;
  const shown = JSON.stringify(value);
  if (!kind) throw new ConfigError(`Object 'Kind' is missing in '${shown}'`);
  if (!apiVersion) throw new ConfigError(`Object 'apiVersion' is missing in '${shown}'`);
  if (apiVersion !== configApiVersion || kind !== configKind)
    throw new ConfigError(`no kind "${kind}" is registered for version "${apiVersion}"`);
}

function withArguments(
  profile: KubeSchedulerProfile,
  schemas: Schemas,
  refuse: (index: number, problem: string) => void,
): KubeSchedulerProfile {
  const pluginConfig = profile.pluginConfig?.map((config, j) =>
    withDecodedArgs(config, schemas, problem => refuse(j, problem)),
  );
  return { ...profile, ...(pluginConfig ? { pluginConfig } : {}) };
}

/** Arguments of plugins that are not built in are the plugins' own to read. */
function withDecodedArgs(
  { name, args }: PluginConfig,
  schemas: Schemas,
  refuse: (problem: string) => void,
): PluginConfig {
  if (!Object.hasOwn(schemas, name)) return { name, args };
  const kind = `${name}Args`;
  const given = (args ?? {}) as { apiVersion?: string; kind?: string };
  if (given.kind && given.kind !== kind) {
    const group = configApiVersion.split('/')[0];
    throw new ConfigError(
      `args for plugin ${name} were not of type ${kind}.${group}, got ${given.kind}.${group}`,
    );
  }
  const { object, strictErrors } = decodeChecked(given, schemas[name as ConfigurablePlugin], 'Strict');
  if (strictErrors.length > 0) refuse(`decoding args for plugin ${name}: ${strictErrorText(strictErrors)}`);
  const { apiVersion: _, kind: __, ...rest } = object;
  return { name, args: rest };
}
