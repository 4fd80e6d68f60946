import { apiVersionOf, type KubeObject } from '#machinery/object.ts';
import { defineCommand } from '../core/command.ts';
import type { Mapping } from '../core/discovery.ts';
import { CliError } from '../errors.ts';
import { tableTabs, tabbed } from '../print/tabwriter.ts';

export const apiResourcesCommand = defineCommand({
  name: 'api-resources',
  summary: 'Print the supported API resources on the server.',
  examples: [
    '% api-resources',
    '% api-resources --namespaced=true',
    '% api-resources --api-group=rbac.authorization.k8s.io',
  ],
  flags: [
    { name: 'api-group', type: 'string', help: 'Limit to resources in the specified API group.' },
    { name: 'cached', type: 'bool', help: 'Use the cached list of resources if available.' },
    { name: 'categories', type: 'list', help: 'Limit to resources that belong to the specified categories.' },
    {
      name: 'namespaced',
      type: 'bool',
      default: true,
      help: 'If false, non-namespaced resources will be returned.',
    },
    {
      name: 'no-headers',
      type: 'bool',
      help: "When using the default or custom-column output format, don't print headers.",
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      help: 'Output format. One of: (json, yaml, kyaml, name, wide).',
    },
    {
      name: 'sort-by',
      type: 'string',
      help: "If non-empty, sort list of resources using specified field (one of 'name' or 'kind').",
    },
    {
      name: 'show-managed-fields',
      type: 'bool',
      help: 'Kept for compatibility.',
    },
    { name: 'verbs', type: 'list', help: 'Limit to resources that support the specified verbs.' },
  ],
  run: async context => {
    const { flags, args } = context;
    if (args.length > 0) throw context.usageError(`unexpected arguments: [${args.join(' ')}]`);
    const output = flags.string('output');
    if (!['', 'name', 'wide', ...objectFormats].includes(output))
      throw new CliError(
        `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: json,kyaml,name,wide,yaml`,
      );
    if (!['', 'name', 'kind'].includes(flags.string('sort-by')))
      throw new CliError('--sort-by accepts only name or kind');
    const mapper = await context.mapper();
    const shown = mapper.preferred().filter(mapping => accepts(mapping));
    shown.sort((a, b) => compare(a, b));
    if (objectFormats.includes(output)) {
      const printer = (await context.printer())!;
      context.out(printer.print(listOf(shown) as unknown as KubeObject) + printer.flush());
    } else if (output === 'name')
      for (const m of shown) context.out(`${m.resource}${m.group ? `.${m.group}` : ''}\n`);
    else context.out(tabbed(tableOf(shown, output === 'wide', flags.bool('no-headers')), tableTabs));
    if (mapper.failures.length > 0)
      throw new CliError(
        `unable to retrieve the complete list of server APIs: ${mapper.failures.join(', ')}`,
      );

    function accepts(mapping: Mapping): boolean {
      if (flags.changed('api-group') && mapping.group !== flags.string('api-group')) return false;
      if (flags.changed('namespaced') && mapping.namespaced !== flags.bool('namespaced')) return false;
      if (!flags.list('verbs').every(verb => mapping.verbs.includes(verb))) return false;
      return flags.list('categories').every(category => mapping.categories.includes(category));
    }

    function compare(a: Mapping, b: Mapping): number {
      const order = (x: string, y: string) => (x < y ? -1 : x > y ? 1 : 0);
      if (flags.string('sort-by') === 'name') return order(a.resource, b.resource);
      if (flags.string('sort-by') === 'kind') return order(a.kind, b.kind);
      return order(a.group, b.group) || order(a.resource, b.resource);
    }
  },
});

const objectFormats = ['json', 'kyaml', 'yaml'];

/** The resources as one list, each with its group and version. */
function listOf(mappings: readonly Mapping[]): object {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: '',
    resources: mappings.map(({ resource, singular, shortNames, categories, ...mapping }) => ({
      name: resource,
      singularName: singular,
      namespaced: mapping.namespaced,
      ...(mapping.group ? { group: mapping.group } : {}),
      version: mapping.version,
      kind: mapping.kind,
      verbs: mapping.verbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
    })),
  };
}

function tableOf(mappings: readonly Mapping[], wide: boolean, noHeaders: boolean): string {
  const headers = [
    'NAME',
    'SHORTNAMES',
    'APIVERSION',
    'NAMESPACED',
    'KIND',
    ...(wide ? ['VERBS', 'CATEGORIES'] : []),
  ];
  const rows = mappings.map(mapping => [
    mapping.resource,
    mapping.shortNames.join(','),
    apiVersionOf(mapping),
    String(mapping.namespaced),
    mapping.kind,
    ...(wide ? [mapping.verbs.join(','), mapping.categories.join(',')] : []),
  ]);
  return [...(noHeaders ? [] : [headers]), ...rows].map(row => `${row.join('\t')}\n`).join('');
}
