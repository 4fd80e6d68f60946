import { loadSchemas } from '#api/schemas.ts';
import { parseApiVersion } from '#machinery/object.ts';
import { applyJsonPatch } from '#machinery/patch/json-patch.ts';
import { applyStrategicMergePatch } from '#machinery/patch/strategic-merge-patch.ts';
import { CliError } from '../errors.ts';
import type { Flag, FlagValues } from './flags.ts';
import { parseDocuments } from './manifests.ts';
import { applyMergePatch } from './merge.ts';

/** Of commands that make an object which the user may change. */
export const overrideFlags: readonly Flag[] = [
  { name: 'overrides', type: 'string', help: 'An inline JSON override for the generated object.' },
  {
    name: 'override-type',
    type: 'string',
    default: 'merge',
    help: 'The method used to override the generated object: json, merge, or strategic.',
  },
];

/** The object with --overrides in it, by the method of --override-type. */
export function overridden<T extends { apiVersion: string; kind: string }>(flags: FlagValues, object: T): T {
  const text = flags.string('overrides');
  if (text === '') return object;
  const patch = parseDocuments(text, '--overrides')[0];
  switch (flags.string('override-type')) {
    case '':
    case 'merge':
      return applyMergePatch(object, patch) as T;
    case 'json':
      return applyJsonPatch(object, patch);
    case 'strategic': {
      const { group, version } = parseApiVersion(object.apiVersion);
      const schema = loadSchemas().schemaOfKind(group, version, object.kind)!;
      return applyStrategicMergePatch(object, patch as Record<string, unknown>, schema);
    }
    default:
      throw new CliError(`invalid override type: ${flags.string('override-type')}`);
  }
}
