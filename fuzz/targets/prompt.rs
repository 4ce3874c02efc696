#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mouthpiece_fuzz::check("prompt", input));
