import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { RuntimeClass } from '../generated/types/node.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { FieldPath, fieldError } from '#machinery/field.ts';
import { validateLabels } from '#machinery/metadata.ts';
import { validateRequirements } from '../core/pod/validate-resources.ts';
import { validateTolerations } from '../core/pod/validate-scheduling.ts';
import { checkDns1123Label } from '#machinery/names.ts';
import { nodeLabelWarnings } from '../node-label-warnings.ts';
import { immutable, requiredName } from '../validation.ts';

const path = FieldPath.of('scheduling');

export const runtimeClassResource = defineResource<RuntimeClass>({
  group: 'node.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.node.v1.RuntimeClass' }],
  kind: 'RuntimeClass',
  resource: 'runtimeclasses',
  singular: 'runtimeclass',
  namespaced: false,
  strategy: {
    allowUnconditionalUpdate: false,
    validate: ({ handler, scheduling, overhead }) => [
      ...requiredName(FieldPath.of('handler'), handler, checkDns1123Label),
      ...validateRequirements(FieldPath.of('overhead', 'podFixed'), { limits: overhead?.podFixed ?? {} }, []),
      ...validateLabels(scheduling?.nodeSelector, path.child('nodeSelector')),
      ...validateTolerations(path.child('tolerations'), scheduling?.tolerations),
      ...(scheduling?.tolerations ?? []).flatMap((toleration, i, all) =>
        all.findIndex(other => deepEqual(other, toleration)) < i
          ? [fieldError.duplicate(path.child('tolerations').index(i), toleration)]
          : [],
      ),
    ],
    warnings: ({ scheduling }) =>
      Object.keys(scheduling?.nodeSelector ?? {}).flatMap(key =>
        nodeLabelWarnings(path.child('nodeSelector'), key),
      ),
    validateUpdate: (object, old) => immutable(FieldPath.of('handler'), object.handler, old.handler),
  },
  columns: [nameColumn, column('Handler'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.handler, age(object, nowMs)],
});
