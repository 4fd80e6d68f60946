import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type GoConstant,
  type GoDeclaration,
  type GoField,
  type GoPackage,
  type GoType,
  readGoPackage,
} from './go-source.ts';

/** One package of API types. */
export interface ApiPackage {
  /** Short name, e.g. 'core.v1' or 'rbac.v1': names the generated file and prefixes type names in the facts. */
  readonly key: string;
  /** E.g. 'io.k8s.api.core.v1': what OpenAPI definition names start with. */
  readonly openApiPrefix: string;
  readonly group: string;
  readonly version: string;
  readonly go: GoPackage;
}

/** A field's type with aliases resolved; what the facts and the TypeScript types are written from. */
export type ApiType =
  /** `declared`: the named type that it is, e.g. 'core.v1.Protocol'. */
  | { readonly form: 'scalar'; readonly name: string; readonly declared?: string }
  | { readonly form: 'struct'; readonly package: ApiPackage; readonly name: string }
  | { readonly form: 'pointer'; readonly element: ApiType }
  /** `wrapped`: protobuf carries the list in a message of its own (+protobuf.nullable). */
  | { readonly form: 'list'; readonly element: ApiType; readonly wrapped: boolean }
  | { readonly form: 'map'; readonly element: ApiType };

/** Types with a JSON form of their own, by import path and name. */
const specialTypes: Readonly<Record<string, string>> = {
  'k8s.io/apimachinery/pkg/apis/meta/v1.Time': 'time',
  'k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime': 'microTime',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Duration': 'duration',
  'k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1': 'fieldsV1',
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'quantity',
  'k8s.io/api/core/v1.ResourceList': 'resourceList',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'intOrString',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'raw',
  'k8s.io/apimachinery/pkg/runtime.Object': 'raw',
  'k8s.io/apimachinery/pkg/types.UID': 'uid',
  'k8s.io/apimachinery/pkg/types.NodeName': 'nodeName',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON': 'json',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrArray': 'jsonSchemaPropsOrArray',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrBool': 'jsonSchemaPropsOrBool',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrStringArray':
    'jsonSchemaPropsOrStringArray',
};

const basicTypes: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'bool',
  int: 'int64',
  int32: 'int32',
  int64: 'int64',
  uint32: 'uint32',
  uint64: 'uint64',
  float64: 'float64',
  'interface{}': 'any',
  any: 'any',
};

/** Every API package of the given checkouts, found by their go.mod files. */
export function readApiPackages(checkouts: readonly string[]): ApiPackage[] {
  const packages: ApiPackage[] = [];
  for (const checkout of checkouts) {
    const module = /^module (\S+)/m.exec(readFileSync(join(checkout, 'go.mod'), 'utf8'))![1]!;
    for (const directory of packageDirectories(checkout, module)) {
      const go = readGoPackage(join(checkout, directory), `${module}/${directory}`);
      if (go.declarations.size > 0) packages.push(apiPackage(go, directory));
    }
  }
  return packages.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function packageDirectories(checkout: string, module: string): string[] {
  if (module === 'k8s.io/apimachinery') return ['pkg/apis/meta/v1', 'pkg/apis/meta/v1beta1'];
  const root = module === 'k8s.io/api' ? '.' : 'pkg/apis';
  const directories: string[] = [];
  for (const group of readdirSync(join(checkout, root))) {
    for (const version of versionsIn(join(checkout, root, group))) {
      directories.push(join(root, group, version));
    }
  }
  return directories;
}

function versionsIn(directory: string): string[] {
  if (!statSync(directory).isDirectory()) return [];
  return readdirSync(directory).filter(name => /^v\d+((alpha|beta)\d+)?$/.test(name));
}

function apiPackage(go: GoPackage, directory: string): ApiPackage {
  const parts = directory.split('/');
  const version = parts.at(-1)!;
  const [host, ...rest] = go.path.split('/');
  return {
    key: `${parts.at(-2)}.${version}`,
    openApiPrefix: [...host!.split('.').reverse(), ...rest].join('.'),
    group: go.groupName ?? '',
    version,
    go,
  };
}

/** Resolves Go type expressions across packages. */
export class Resolver {
  readonly #packages: ReadonlyMap<string, ApiPackage>;

  constructor(packages: readonly ApiPackage[]) {
    this.#packages = new Map(packages.map(p => [p.go.path, p]));
  }

  resolve(type: GoType, from: ApiPackage, imports: ReadonlyMap<string, string>): ApiType {
    switch (type.form) {
      case 'pointer':
        return { form: 'pointer', element: this.resolve(type.element, from, imports) };
      case 'map':
        return { form: 'map', element: this.resolve(type.element, from, imports) };
      case 'slice':
        if (type.element.form === 'named' && type.element.name === 'byte') {
          return { form: 'scalar', name: 'bytes' };
        }
        return { form: 'list', element: this.resolve(type.element, from, imports), wrapped: false };
      case 'named':
        return this.#named(type.package, type.name, from, imports);
    }
  }

  #named(alias: string, name: string, from: ApiPackage, imports: ReadonlyMap<string, string>): ApiType {
    const path = alias === '' ? from.go.path : imports.get(alias);
    if (alias === '' && basicTypes[name] && !from.go.declarations.has(name)) {
      return { form: 'scalar', name: basicTypes[name] };
    }
    const special = specialTypes[`${path?.replace('/apiextensions/v1beta1', '/apiextensions/v1')}.${name}`];
    if (special) return { form: 'scalar', name: special };
    const owner = this.#packages.get(path ?? '');
    const declaration = owner?.go.declarations.get(name);
    if (!owner || !declaration) throw new Error(`${from.key} refers to ${alias}.${name}, which is not known`);
    return this.#declared(owner, declaration);
  }

  #declared(owner: ApiPackage, declaration: GoDeclaration): ApiType {
    if (!declaration.type) return { form: 'struct', package: owner, name: declaration.name };
    const resolved = this.resolve(declaration.type, owner, declaration.imports);
    if (declaration.alias) return resolved;
    // `type A B` of a struct B is a type of its own with B's fields.
    if (resolved.form === 'struct') return { form: 'struct', package: owner, name: declaration.name };
    if (resolved.form === 'list' && declaration.markers.has('protobuf.nullable')) {
      return { ...resolved, wrapped: true };
    }
    if (resolved.form === 'scalar') return { ...resolved, declared: `${owner.key}.${declaration.name}` };
    return resolved;
  }

  /** The fields of a struct, through `type A B`. */
  fieldsOf(
    owner: ApiPackage,
    declaration: GoDeclaration,
  ): { owner: ApiPackage; declaration: GoDeclaration; fields: readonly GoField[] } {
    if (!declaration.type) return { owner, declaration, fields: declaration.fields };
    if (declaration.type.form !== 'named') throw new Error(`${declaration.name} is no struct`);
    const path =
      declaration.type.package === ''
        ? owner.go.path
        : (declaration.imports.get(declaration.type.package) ?? '');
    const target = this.#packages.get(path);
    const next = target?.go.declarations.get(declaration.type.name);
    if (!target || !next) throw new Error(`${owner.key}.${declaration.name} has no known base`);
    return this.fieldsOf(target, next);
  }

  /** The values of an enum type, sorted. */
  enumValues(owner: ApiPackage, typeName: string): string[] {
    const names = new Set([typeName]);
    for (const d of owner.go.declarations.values()) {
      if (d.alias && d.type?.form === 'named' && d.type.package === '' && names.has(d.type.name))
        names.add(d.name);
    }
    const constants = [...owner.go.constants.values()].filter(({ type }) => names.has(type));
    return [...new Set(constants.map(constant => this.#valueOf(constant, owner)))].sort();
  }

  #valueOf(constant: GoConstant, owner: ApiPackage): string {
    if ('value' in constant) return constant.value;
    const from = constant.path === undefined ? owner : this.#packages.get(constant.path);
    const other = from?.go.constants.get(constant.name);
    if (!from || !other) throw new Error(`${owner.key} refers to ${constant.name}, which is not known`);
    return this.#valueOf(other, from);
  }

  /** Declarations that are structs, in name order. */
  structsOf(owner: ApiPackage): GoDeclaration[] {
    return [...owner.go.declarations.values()]
      .filter(d => !d.alias && this.#isStruct(owner, d))
      .filter(d => !specialTypes[`${owner.go.path.replace('/v1beta1', '/v1')}.${d.name}`])
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #isStruct(owner: ApiPackage, declaration: GoDeclaration): boolean {
    if (!declaration.type)
      return declaration.fields.length === 0 || declaration.fields.some(f => f.tags.json);
    if (declaration.type.form !== 'named') return false;
    try {
      return this.#declared(owner, declaration).form === 'struct';
    } catch {
      return false;
    }
  }
}

export function isEnum(declaration: GoDeclaration): boolean {
  return declaration.markers.has('enum') || declaration.markers.has('k8s:enum');
}
