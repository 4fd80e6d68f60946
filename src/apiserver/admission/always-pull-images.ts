import type { Pod } from '#api/generated/types/core.v1.ts';
import { containersOf } from '#api/core/pod/validate-os.ts';
import { type FieldError, FieldPath, aggregateText, fieldError, fieldErrorText } from '#machinery/field.ts';
import { statusError } from '#machinery/status.ts';
import { forbidden } from './denial.ts';
import { type AdmissionPlugin, changeOf } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

const always = 'Always';
const specPath = FieldPath.of('spec');

/** Every image is pulled each time: who may not pull it does not find it on a node either. */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  concerns: changeOf('core/pods'),
  mutate(request) {
    const { spec } = request.object as Pod;
    if (!spec || hasOldImagesAlone(request)) return;
    for (const [, container] of containersOf(specPath, spec)) container.imagePullPolicy = always;
    for (const { image } of spec.volumes ?? []) if (image) image.pullPolicy = always;
  },
  validate(request) {
    const { spec } = request.object as Pod;
    if (!spec || hasOldImagesAlone(request)) return;
    const wrong = (path: FieldPath, policy: string | undefined) =>
      policy === always ? [] : [fieldError.notSupported(path, policy ?? '', [always])];
    const errors: FieldError[] = [
      ...containersOf(specPath, spec).flatMap(([at, container]) =>
        wrong(at.child('imagePullPolicy'), container.imagePullPolicy),
      ),
      ...(spec.volumes ?? []).flatMap(({ image }, i) =>
        image ? wrong(specPath.child('volumes').index(i).child('image', 'pullPolicy'), image.pullPolicy) : [],
      ),
    ];
    if (errors.length === 0) return;
    const refusals = errors.map(error => forbidden(request, fieldErrorText(error)).message);
    throw statusError.unclassified(aggregateText(refusals));
  },
};

function hasOldImagesAlone({ object, old }: AdmissionRequest): boolean {
  if (!old) return false;
  const images = ({ spec }: Pod) => containersOf(specPath, spec!).map(([, { image }]) => image);
  const known = new Set(images(old as Pod));
  return images(object as Pod).every(image => known.has(image));
}
