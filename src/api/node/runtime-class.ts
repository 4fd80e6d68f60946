import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { RuntimeClass } from '../generated/types/node.v1.ts';
import { FieldPath } from '#machinery/field.ts';
import { checkDns1123Label } from '#machinery/names.ts';
import { immutable, requiredName } from '../validation.ts';

export const runtimeClassResource = defineResource<RuntimeClass>({
  group: 'node.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.node.v1.RuntimeClass' }],
  kind: 'RuntimeClass',
  resource: 'runtimeclasses',
  singular: 'runtimeclass',
  namespaced: false,
  strategy: {
    allowUnconditionalUpdate: false,
    validate: object => requiredName(FieldPath.of('handler'), object.handler, checkDns1123Label),
    validateUpdate: (object, old) => immutable(FieldPath.of('handler'), object.handler, old.handler),
  },
  columns: [nameColumn, column('Handler'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.handler, age(object, nowMs)],
});
