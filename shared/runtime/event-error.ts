/** The event itself is wrong; delivering it again cannot help. `status` is what an HTTP caller is told. Messages name no secrets. */
export class EventError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'EventError';
    this.status = status;
  }
}

export const malformed = (message: string): EventError => new EventError(400, message);
