import type { GoDeclaration } from './go-source.ts';
import type { ApiPackage } from './model.ts';

/** Group versions that v1.36 serves by default. */
export const servedByDefault: readonly string[] = [
  'admissionregistration.v1',
  'apiextensions.v1',
  'apiregistration.v1',
  'apps.v1',
  'authentication.v1',
  'authorization.v1',
  'autoscaling.v2',
  'autoscaling.v1',
  'batch.v1',
  'certificates.v1',
  'coordination.v1',
  'core.v1',
  'discovery.v1',
  'events.v1',
  'flowcontrol.v1',
  'networking.v1',
  'node.v1',
  'policy.v1',
  'rbac.v1',
  'resource.v1',
  'scheduling.v1',
  'storage.v1',
];

interface Ref {
  readonly name: string;
  readonly pkg: ApiPackage;
  readonly kind: string;
  readonly resource: string;
  readonly namespaced: boolean;
}

/** One ResourceRef for each served resource. */
export function emitRefs(packages: readonly ApiPackage[]): string {
  const served = servedByDefault.map(key => packages.find(p => p.key === key)).filter(p => p !== undefined);
  const refs = uniqueNames(served.flatMap(pkg => refsOf(pkg)));
  const imports = [...new Set(refs.map(ref => ref.pkg.key))]
    .sort()
    .map(key => `import type * as ${key.replaceAll('.', '_')} from './types/${key}.ts';`);
  const head = [
    '// Written by tools/generate-api. Do not edit.',
    "import type { ResourceRef } from '#machinery/object.ts';",
    ...imports,
  ].join('\n');
  const bodies = refs.sort((a, b) => (a.name < b.name ? -1 : 1)).map(refText);
  return `${head}\n\n${bodies.join('\n\n')}\n`;
}

function refText({ name, pkg, kind, resource, namespaced }: Ref): string {
  const type = `ResourceRef<${pkg.key.replaceAll('.', '_')}.${kind}>`;
  const fields = [
    `group: '${pkg.group}'`,
    `version: '${pkg.version}'`,
    `resource: '${resource}'`,
    `kind: '${kind}'`,
    `namespaced: ${namespaced}`,
  ];
  return `export const ${name}: ${type} = {\n${fields.map(f => `  ${f},`).join('\n')}\n};`;
}

function refsOf(pkg: ApiPackage): Ref[] {
  return [...pkg.go.declarations.values()].filter(isServed).map(declaration => {
    const kind = declaration.name;
    return {
      name: lowerFirstWord(plural(kind)),
      pkg,
      kind,
      resource: declaration.markers.get('resourceName')?.[0] ?? plural(kind).toLowerCase(),
      namespaced: !declaration.markers.has('genclient:nonNamespaced'),
    };
  });
}

function isServed(declaration: GoDeclaration): boolean {
  if (declaration.type || !declaration.markers.has('genclient')) return false;
  return !declaration.markers.has('genclient:noVerbs');
}

/** The first of two refs with one name keeps it; the other's version goes after it. */
function uniqueNames(refs: readonly Ref[]): Ref[] {
  const order = (ref: Ref) => (ref.pkg.key === 'core.v1' ? 0 : 1);
  const taken = new Set<string>();
  return [...refs]
    .sort((a, b) => order(a) - order(b))
    .map(ref => {
      const name = taken.has(ref.name) ? `${ref.name}V${ref.pkg.version.slice(1)}` : ref.name;
      taken.add(name);
      return { ...ref, name };
    });
}

/** English plurals as the API's names form them. */
export function plural(kind: string): string {
  if (kind === 'Endpoints') return kind;
  if (/(s|x|z|ch|sh)$/.test(kind)) return `${kind}es`;
  if (/[^aeiou]y$/.test(kind)) return `${kind.slice(0, -1)}ies`;
  return `${kind}s`;
}

/** 'CSIDrivers' to 'csiDrivers', 'Pods' to 'pods'. */
function lowerFirstWord(name: string): string {
  return name.replace(/^[A-Z]+(?=[A-Z][a-z]|$)|^[A-Z]/, head => head.toLowerCase());
}
