import type {
  V1CustomResourceDefinition,
  V1CustomResourceDefinitionVersion,
  V1JSONSchemaProps,
} from '@kubernetes/client-node';
import type { Trial } from './trial.ts';

/** A resource that a row defined. Everything is named after its singular. */
export interface Defined {
  readonly name: string;
  readonly group: string;
  readonly singular: string;
  readonly plural: string;
  readonly kind: string;
  path(version?: string): string;
}

export interface DefineOptions {
  readonly singular?: string;
  readonly group?: string;
  readonly versions?: readonly (Partial<V1CustomResourceDefinitionVersion> & { readonly name: string })[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Of every version that has none of its own. Default: anything goes. */
  readonly schema?: V1JSONSchemaProps;
  readonly more?: Partial<V1CustomResourceDefinition['spec']>;
}

export const anything: V1JSONSchemaProps = {
  type: 'object',
  x_kubernetes_preserve_unknown_fields: true,
};

/** A group of the row's own: DNS labels may begin with a digit, names of kinds may not. */
export function ownGroup(t: Trial, prefix = 'g'): string {
  return `${prefix}${t.id}.example.com`;
}

export function definitionOf(t: Trial, options: DefineOptions = {}): V1CustomResourceDefinition {
  const { singular = 'foo', group = ownGroup(t), schema = anything, labels = {}, more } = options;
  const plural = `${singular}s`;
  const versions = (options.versions ?? [{ name: 'v1' }]).map((version, i) => ({
    served: true,
    storage: i === 0,
    schema: { openAPIV3Schema: schema },
    ...version,
  }));
  return {
    metadata: { name: `${plural}.${group}`, labels: { ...labels } },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular, kind: kindOf(singular), listKind: `${kindOf(singular)}List` },
      versions,
      ...more,
    },
  };
}

function kindOf(singular: string): string {
  return singular[0]!.toUpperCase() + singular.slice(1);
}

/** Defines a resource that ends with the row; resolves when every served version answers. */
export async function define(t: Trial, options: DefineOptions = {}): Promise<Defined> {
  const definition = definitionOf(t, options);
  const { group, names, versions } = definition.spec;
  const name = definition.metadata!.name!;
  await t.api.customResourceDefinitions.create(definition);
  t.defer(() => t.api.customResourceDefinitions.delete(name));
  const path = (version = versions[0]!.name) =>
    `/apis/${group}/${version}/namespaces/${t.namespace}/${names.plural}`;
  for (const version of versions.filter(({ served }) => served)) {
    await t.until(
      `${version.name} of ${name}`,
      async () => (await t.raw({ path: path(version.name) })).status === 200,
    );
  }
  return { name, group, singular: names.singular!, plural: names.plural, kind: names.kind, path };
}

/** A manifest of one of them. */
export function manifest({ group, kind }: Defined, name: string, rest: object = {}, version = 'v1'): object {
  return { apiVersion: `${group}/${version}`, kind, metadata: { name }, ...rest };
}
