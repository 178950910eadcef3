import { VendorError } from '../contracts';

export interface Image {
  readonly imageId: string;
  /** The service of its instances never comes up. */
  readonly isBad?: boolean;
}

export const LOCAL_IMAGE = 'local_image';

/** The images that instances are made of: `local_image`, and what is added. */
export class Images {
  private readonly images = new Map<string, Image>();

  constructor(images: readonly Image[] = []) {
    for (const image of [{ imageId: LOCAL_IMAGE }, ...images]) this.add(image);
  }

  add(image: Image): void {
    this.images.set(image.imageId, image);
  }

  /** Throws 404 `InvalidImageId.NotFound`. */
  find(imageId: string): Image {
    const found = this.images.get(imageId);
    if (found === undefined)
      throw new VendorError(
        404,
        'InvalidImageId.NotFound',
        `The specified image ${imageId} does not exist.`,
      );
    return found;
  }
}
