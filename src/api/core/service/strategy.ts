import type { Strategy } from '../../definition.ts';
import type { Service } from '../../generated/types/core.v1.ts';
import { setServiceDefaults } from './defaults.ts';
import { dropInternalPolicy, patchAllocated } from './update.ts';
import { serviceStatusWarnings, serviceWarnings } from './warnings.ts';
import { validateService, validateServiceStatusUpdate, validateServiceUpdate } from './validation.ts';

/** How services are admitted. Cluster addresses and node ports are allocated by the API server. */
export const serviceStrategy: Strategy<Service> = {
  nameRule: 'dns1123Label',
  allowCreateOnUpdate: true,
  generation: false,
  setDefaults: setServiceDefaults,
  prepareForCreate: object => {
    object.status = { loadBalancer: {} };
    dropInternalPolicy(object);
  },
  prepareForUpdate: patchAllocated,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatusUpdate,
  warnings: serviceWarnings,
  statusWarnings: serviceStatusWarnings,
  returnDeletedObject: true,
};
