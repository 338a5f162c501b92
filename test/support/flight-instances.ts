// A source record that the fixture models answer differently, as the pipeline `flights` takes it.
export const LATE_FLIGHT = {
  carrier: 'ua',
  origin: 'EWR',
  distance: 500,
  departed_at: '2013-02-20T23:10:00Z',
};
