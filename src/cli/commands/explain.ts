import { apiVersionOf } from '#machinery/object.ts';
import { defineCommand } from '../core/command.ts';
import type { Mapping, RestMapper } from '../core/discovery.ts';
import { ExplainText, type OpenApiDocument } from '../print/explain-text.ts';
import { BareError, CliError, NoResourceMatchError } from '../errors.ts';

export const explainCommand = defineCommand({
  name: 'explain',
  usage:
    'TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]',
  summary: 'Describe fields and structure of various resources.',
  examples: [
    '% explain pods',
    '% explain pods --recursive',
    '% explain deployments --api-version=apps/v1',
    '% explain pods.spec.containers',
  ],
  flags: [
    { name: 'api-version', type: 'string', help: 'Use given api-version (group/version) of the resource.' },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: 'plaintext',
      help: 'Format in which to render the schema.',
    },
    {
      name: 'recursive',
      short: 'R',
      type: 'bool',
      help: 'When true, print the name of all the fields recursively.',
    },
  ],
  run: async context => {
    const { flags, args, program } = context;
    if (args.length === 0)
      throw new CliError(
        `You must specify the type of resource to explain. Use "${program} api-resources" for a complete list of supported resources.\n`,
      );
    if (args.length > 1) throw new CliError('We accept only this format: explain RESOURCE\n');
    const { mapping, path } = resolve(await context.mapper(), args[0]!, flags.string('api-version'));
    const api = await context.api();
    // Upstream's aggregator gives the index as plain text.
    const told = await api.request({ method: 'GET', path: '/openapi/v3' });
    const index = (typeof told === 'string' ? JSON.parse(told) : told) as {
      paths: Record<string, { serverRelativeURL: string }>;
    };
    const key = mapping.group === '' ? `api/${mapping.version}` : `apis/${apiVersionOf(mapping)}`;
    const entry = index.paths[key];
    if (!entry)
      throw new CliError(
        `couldn't find resource for "${apiVersionOf(mapping)}, Resource=${mapping.resource}"`,
      );
    const url = new URL(entry.serverRelativeURL, 'http://server');
    const document = (await api.request({
      method: 'GET',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
    })) as OpenApiDocument;
    const text = new ExplainText(document, flags.bool('recursive'));
    context.out(text.head(mapping));
    context.out(text.body(mapping, path));
  },
});

/** 'deployments.apps.spec.template': the longest head that names a resource, and the fields behind it. */
function resolve(mapper: RestMapper, text: string, apiVersion: string): { mapping: Mapping; path: string[] } {
  const parts = text.split('.');
  const [head = '', ...fields] = parts;
  if (apiVersion !== '') {
    const found = mapper.mappings.find(
      m =>
        apiVersionOf(m) === apiVersion &&
        [m.resource, m.singular, m.kind.toLowerCase(), ...m.shortNames].includes(head.toLowerCase()),
    );
    if (!found) throw new CliError(`couldn't find resource for "${apiVersion}, Resource=${head}"`);
    return { mapping: found, path: fields };
  }
  const plain = mapper.find(head);
  const qualified = [4, 3, 2].flatMap(length => {
    const mapping = parts.length >= length ? mapper.find(parts.slice(0, length).join('.')) : undefined;
    return mapping && parts.slice(1, length).join('.').includes(mapping.group) && mapping.group !== ''
      ? [{ mapping, path: parts.slice(length) }]
      : [];
  })[0];
  if (qualified) return qualified;
  if (!plain) throw new BareError(new NoResourceMatchError(head).message);
  return { mapping: plain, path: fields };
}
