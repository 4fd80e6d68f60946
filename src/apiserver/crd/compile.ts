import type { ResourceDefinition, ScaleSubresource } from '#api/definition.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
} from '#api/generated/types/apiextensions.v1.ts';
import { getPath } from '#machinery/path.ts';
import type { KubeObject } from '#machinery/object.ts';
import { compareVersions } from '../discovery/order.ts';
import { customColumns } from './columns.ts';
import { type ConvertObjects, Versions } from './conversion.ts';
import type { CustomType } from './custom-schemas.ts';
import { CustomVersion, type VersionParts } from './custom-version.ts';
import { customDocument } from './document.ts';
import { type StrategyOwner, customStrategy } from './strategy.ts';

/** A custom resource as the rest of the server knows resources: a definition and a type for each served version. */
export interface CompiledResource {
  /** In the order of preference. */
  readonly definitions: readonly ResourceDefinition[];
  readonly types: readonly CustomType[];
}

/** `convert` converts between versions where they differ in more than their name. */
export function compileResource(
  crd: CustomResourceDefinition,
  parts: VersionParts,
  isTerminating: () => boolean,
  convert: ConvertObjects | undefined,
): CompiledResource {
  const all = crd.spec.versions.map(spec => new CustomVersion(crd, spec, parts));
  const versions = new Versions(all, convert);
  const served = all
    .filter(({ spec }) => spec.served)
    .sort((a, b) => compareVersions(a.spec.name, b.spec.name));
  const names = crd.status!.acceptedNames!;
  const owner = { what: { group: crd.spec.group, resource: names.plural }, isTerminating };
  return {
    definitions: served.map(version => defineVersion(crd, names, version, versions, owner)),
    types: served.map(version => typeOf(crd, names, version)),
  };
}

function defineVersion(
  { spec }: CustomResourceDefinition,
  names: CustomResourceDefinitionNames,
  version: CustomVersion,
  versions: Versions,
  owner: StrategyOwner,
): ResourceDefinition {
  const { name, subresources, additionalPrinterColumns } = version.spec;
  const scale = subresources?.scale;
  const warning = deprecationWarning(spec.group, names.kind, version.spec, spec.versions);
  return {
    group: spec.group,
    versions: [
      { version: name, schema: version.schema.name, ...(warning ? { deprecationWarning: warning } : {}) },
    ],
    storageVersion: spec.versions.find(other => other.storage)!.name,
    kind: names.kind,
    ...(names.listKind ? { listKind: names.listKind } : {}),
    resource: names.plural,
    singular: names.singular ?? '',
    ...(names.shortNames ? { shortNames: names.shortNames } : {}),
    ...(names.categories ? { categories: names.categories } : {}),
    namespaced: spec.scope === 'Namespaced',
    statusSubresource: subresources?.status !== undefined,
    ...(scale ? { scale: scalePaths(scale) } : {}),
    conversion: versions.conversionTo(version),
    strategy: customStrategy(version, owner) as ResourceDefinition['strategy'],
    selectableFields: selectableFields(version.spec),
    ...customColumns(additionalPrinterColumns),
  };
}

function scalePaths(scale: {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}): ScaleSubresource {
  return {
    specReplicasPath: scale.specReplicasPath,
    statusReplicasPath: scale.statusReplicasPath,
    selectorPath: scale.labelSelectorPath ?? '',
  };
}

function selectableFields({
  selectableFields: fields = [],
}: CustomResourceDefinitionVersion): Record<string, (object: KubeObject) => string> {
  const entries = fields.map(({ jsonPath }) => {
    const path = jsonPath.replace(/^\./, '');
    return [path, (object: KubeObject) => textOf(getPath(object, path))] as const;
  });
  return Object.fromEntries(entries);
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

/** What its author wrote, or a word on what to use instead. */
function deprecationWarning(
  group: string,
  kind: string,
  version: CustomResourceDefinitionVersion,
  versions: readonly CustomResourceDefinitionVersion[],
): string | undefined {
  if (!version.deprecated) return undefined;
  if (version.deprecationWarning !== undefined) return version.deprecationWarning;
  const better = versions
    .filter(other => other.served && !other.deprecated && compareVersions(other.name, version.name) < 0)
    .sort((a, b) => compareVersions(a.name, b.name))[0];
  const message = `${group}/${version.name} ${kind} is deprecated`;
  return better ? `${message}; use ${group}/${better.name} ${kind}` : message;
}

function typeOf(
  { spec }: CustomResourceDefinition,
  { kind }: CustomResourceDefinitionNames,
  version: CustomVersion,
): CustomType {
  return {
    schema: version.schema,
    kind: { group: spec.group, version: version.spec.name, kind },
    selectableFields: Object.keys(selectableFields(version.spec)),
    render: dialect => customDocument(version.props, dialect),
  };
}
