/** Remembers that events were refused, and looks for what they told of once there is time. */
export interface RefusedEvents {
  readonly refused: () => void;
  /** There is room again; looks once, however often it is called and however many were refused. */
  readonly calm: () => void;
}

/** @param look finds what landed and was not heard of; when it fails the next calm moment repeats it */
export function createRefusedEvents(look: () => Promise<void>): RefusedEvents {
  let wereRefused = false;
  let isLooking = false;
  const lookOnce = async (): Promise<void> => {
    isLooking = true;
    wereRefused = false;
    try {
      await look();
    } catch {
      wereRefused = true;
    } finally {
      isLooking = false;
    }
  };
  return {
    refused: () => {
      wereRefused = true;
    },
    calm: () => {
      if (wereRefused && !isLooking) void lookOnce();
    },
  };
}
