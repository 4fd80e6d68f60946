import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonNameOf } from '#api/internal-type.ts';
import { type GoDeclaration, type GoField, type GoPackage, type GoType, readGoPackage } from './go-source.ts';

/**
 * Writes src/api/generated/internals.ts from a checkout of kubernetes: of the types that its servers work with inside, whose
 * fields mostly have no names for JSON, the fields in order. A line is a type, a word a field: its name, `=` and its name in
 * the API where that does not follow, `:` and its type: `*` a pointer, `[` a list, `{` a map, then
 *
 *   s n b    a string, number, boolean
 *   v        what has one form everywhere; v0 where that shows 0 when it is not set, v{ {}, v" "0", v- nothing at all
 *   A.B      another type
 *
 * `+` for a name: the fields of the type are the struct's own. `?`: not shown when it is empty.
 *
 *   node tools/generate-api/internals.ts KUBERNETES_CHECKOUT
 */
function main([checkout]: readonly string[]): void {
  if (!checkout) {
    console.error('usage: node tools/generate-api/internals.ts KUBERNETES_CHECKOUT');
    process.exitCode = 2;
    return;
  }
  const packages = new Map(readPackages(checkout).map(one => [one.go.path, one]));
  const lines = [...packages.values()].flatMap(one => linesOf(one, packages));
  const output = join(import.meta.dirname, '../../src/api/generated/internals.ts');
  const head = '// Written by tools/generate-api. Do not edit.';
  writeFileSync(output, `${head}\nexport const internals = String.raw\`\n${lines.sort().join('\n')}\n\`;\n`);
  console.log(`${lines.length} types`);
}

interface InternalPackage {
  /** E.g. 'apps'. */
  readonly key: string;
  readonly go: GoPackage;
  /** Of the versions, the preferred one last: they know the fields' names. */
  readonly versions: readonly GoPackage[];
}

const roots = [
  ['pkg/apis', 'k8s.io/kubernetes/pkg/apis', 'staging/src/k8s.io/api'],
  [
    'staging/src/k8s.io/apiextensions-apiserver/pkg/apis',
    'k8s.io/apiextensions-apiserver/pkg/apis',
    'staging/src/k8s.io/apiextensions-apiserver/pkg/apis',
  ],
  [
    'staging/src/k8s.io/kube-aggregator/pkg/apis',
    'k8s.io/kube-aggregator/pkg/apis',
    'staging/src/k8s.io/kube-aggregator/pkg/apis',
  ],
] as const;

function readPackages(checkout: string): InternalPackage[] {
  return roots.flatMap(([root, path, versioned]) =>
    readdirSync(join(checkout, root))
      .filter(group => existsSync(join(checkout, root, group, 'types.go')))
      .map(group => ({
        key: group,
        go: readGoPackage(join(checkout, root, group), `${path}/${group}`),
        versions: ['v1beta1', 'v2', 'v1']
          .filter(version => existsSync(join(checkout, versioned, group, version, 'types.go')))
          .map(version =>
            readGoPackage(join(checkout, versioned, group, version), `k8s.io/api/${group}/${version}`),
          ),
      })),
  );
}

type Packages = ReadonlyMap<string, InternalPackage>;

function linesOf(owner: InternalPackage, packages: Packages): string[] {
  return [...owner.go.declarations.values()]
    .filter(declaration => !declaration.type && declaration.fields.length > 0)
    .map(declaration => {
      const words = declaration.fields.flatMap(field => wordOf(owner, declaration, field, packages));
      return [`${owner.key}.${declaration.name}`, ...words].join(' ');
    });
}

function wordOf(
  owner: InternalPackage,
  declaration: GoDeclaration,
  field: GoField,
  packages: Packages,
): string[] {
  if (!field.embedded && /^[a-z]/.test(field.name)) return [];
  const type = codeOf(field.type, owner, declaration, packages);
  if (field.embedded) return type.startsWith('v') ? [] : [`+:${type}`];
  const [tag, ...options] = field.tags.json?.split(',') ?? [];
  if (tag === '-') return [];
  const shown = tag || field.name;
  const known = tag || jsonTagOf(owner, declaration, field) || jsonNameOf(field.name);
  const name = jsonNameOf(shown) === known ? shown : `${shown}=${known}`;
  return [`${name}:${options.some(option => option.startsWith('omit')) ? '?' : ''}${type}`];
}

/** The name of the field of the same name in the type of the same name. */
function jsonTagOf(
  { versions }: InternalPackage,
  { name }: GoDeclaration,
  field: GoField,
): string | undefined {
  for (const { declarations } of [...versions].reverse()) {
    const tag = declarations.get(name)?.fields.find(one => one.name === field.name)?.tags.json;
    if (tag) return tag.split(',')[0];
  }
  return undefined;
}

const basic: Readonly<Record<string, string>> = {
  string: 's',
  bool: 'b',
  int: 'n',
  int32: 'n',
  int64: 'n',
  uint32: 'n',
  uint64: 'n',
  float64: 'n',
};
const marks = { pointer: '*', slice: '[', map: '{' };
const foreign: Readonly<Record<string, string>> = {
  UID: 's',
  NodeName: 's',
  ConditionStatus: 's',
  LabelSelectorOperator: 's',
  Quantity: 'v"',
  IntOrString: 'v0',
  LabelSelector: 'v{',
};

function codeOf(
  type: GoType,
  owner: InternalPackage,
  declaration: GoDeclaration,
  packages: Packages,
): string {
  if (type.form !== 'named') {
    const element = codeOf(type.element, owner, declaration, packages);
    if (type.form === 'slice' && type.element.form === 'named' && type.element.name === 'byte') return 'v';
    return `${marks[type.form]}${element}`;
  }
  const own = type.package === '' ? owner : packages.get(declaration.imports.get(type.package) ?? '');
  if (type.package === '' && basic[type.name]) return basic[type.name]!;
  if (type.name === 'ObjectMeta') return 'meta';
  const found = own?.go.declarations.get(type.name);
  if (!own || !found) return foreign[type.name] ?? 'v';
  return found.type ? codeOf(found.type, own, found, packages) : `${own.key}.${found.name}`;
}

main(process.argv.slice(2));
