/*
 * A small generator of random numbers for made-up data, not for secrets: the same seed gives the
 * same numbers on every machine. SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
 * number generators", 2014). A generator serves one thread.
 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
  uint64_t state;
};

static inline uint64_t random_next(struct random *random) {
  uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* 0 to bound - 1; bound must not be 0. The bias of the multiplication is below 2^-32. */
static inline uint32_t random_below(struct random *random, uint32_t bound) {
  return (uint32_t)(((random_next(random) >> 32) * bound) >> 32);
}

/* True for this share (0 to 1) of the calls. */
static inline bool random_chance(struct random *random, double share) {
  return (double)(random_next(random) >> 11) * 0x1p-53 < share;
}

/* A generator of its own for each number: the same for the same seed and number. */
static inline struct random random_of(uint64_t seed, uint64_t number) {
  struct random random = {seed ^ (number * UINT64_C(0xd1342543de82ef95))};
  random_next(&random);
  return random;
}

/* The same decision for the same seed and number, in whatever order it is asked. */
static inline bool random_chance_of(uint64_t seed, uint64_t number, double share) {
  struct random random = random_of(seed, number);
  return random_chance(&random, share);
}

#endif
