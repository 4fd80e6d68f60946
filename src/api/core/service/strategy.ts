import type { Strategy } from '../../definition.ts';
import type { Service } from '../../generated/types/core.v1.ts';
import { setServiceDefaults } from './defaults.ts';
import { patchAllocated } from './update.ts';
import { warnOfService } from './warnings.ts';
import { validateService, validateServiceStatusUpdate, validateServiceUpdate } from './validation.ts';

/** How services are admitted. Cluster addresses and node ports are allocated by the API server. */
export const serviceStrategy: Strategy<Service> = {
  nameRule: 'dns1123Label',
  allowCreateOnUpdate: true,
  generation: false,
  setDefaults: setServiceDefaults,
  prepareForCreate: (object, context) => {
    object.status = { loadBalancer: {} };
    warnOfService(object, context);
  },
  prepareForUpdate: (object, old, context) => {
    patchAllocated(object, old);
    warnOfService(object, context);
  },
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatusUpdate,
  returnDeletedObject: true,
};
