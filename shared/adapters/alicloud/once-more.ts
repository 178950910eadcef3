import { CloudError } from '../../domain/cloud-error';

/** For writes that a repeat cannot double: absolute ones, and those with a client token. */
export async function onceMoreIfAmbiguous<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof CloudError && error.details.isAmbiguous)) throw error;
    return write();
  }
}
