import { controllerOf, parseApiVersion } from '#machinery/object.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ControllerRevision } from '../generated/types/apps.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { immutable, nonNegative } from '../validation.ts';

function controllerText(object: ControllerRevision): string {
  const owner = controllerOf(object);
  if (!owner) return '<none>';
  const { group } = parseApiVersion(owner.apiVersion);
  const kind = group === '' ? owner.kind : `${owner.kind}.${group}`;
  return `${kind.toLowerCase()}/${owner.name}`;
}

function validateData(data: unknown): FieldError[] {
  if (data === undefined || data === null) return [fieldError.required('data', 'data is mandatory')];
  const isObject = typeof data === 'object' && !Array.isArray(data);
  return isObject ? [] : [fieldError.required('data', 'data must be a valid JSON object')];
}

export const controllerRevisionResource = defineResource<ControllerRevision>({
  group: 'apps',
  versions: [{ version: 'v1', schema: 'io.k8s.api.apps.v1.ControllerRevision' }],
  kind: 'ControllerRevision',
  resource: 'controllerrevisions',
  singular: 'controllerrevision',
  namespaced: true,
  strategy: {
    metadataPasses: { update: ['update', 'create'] },
    validate: ({ data, revision = 0 }, _context, old) => [
      ...(old ? [] : validateData(data)),
      ...nonNegative(FieldPath.of('revision'), revision),
    ],
    validateUpdate: (object, old) => immutable(FieldPath.of('data'), object.data, old.data),
  },
  columns: [nameColumn, column('Controller'), column('Revision'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    controllerText(object),
    object.revision ?? 0,
    age(object, nowMs),
  ],
});
