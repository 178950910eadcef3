export type TraceFields = Readonly<Record<string, string | number | boolean>>;

/** Work that may answer at once or later. */
export type Work<T> = () => T;

/** What is known of the work when it is over. */
export type FieldsOf<T> = (result: Awaited<T>) => TraceFields;

/**
 * Spans of the turns of one pool or name, for whoever collects them. Turns follow each other, and so do the stages of a turn; calls
 * go on at the same time. It never throws by itself and never waits: what goes wrong with the work goes on to the caller.
 */
export interface Trace {
  /** A part of whatever is going on, which has parts of its own. Gives what the work gives. */
  stage<T>(name: string, work: Work<T>, fieldsOf?: FieldsOf<T>): T;
  /** A call during the present stage. */
  call<T>(name: string, work: Work<Promise<T>>, fieldsOf?: FieldsOf<T>): Promise<T>;
}

/** Without a trace the work is just done. */
export const UNTRACED: Trace = {
  stage: (_name, work) => work(),
  call: async (_name, work) => work(),
};
