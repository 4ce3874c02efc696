//! Encodes a canvas as an indexed PNG.

use png::{BitDepth, ColorType, Compression, Encoder};

use super::canvas::Canvas;
use super::error::ImageError;
use super::palette::Palette;

/// The canvas as a PNG with the colours of `palette`.
pub(super) fn encode_png(canvas: &Canvas, palette: &Palette) -> Result<Vec<u8>, ImageError> {
    let failed = |error: png::EncodingError| ImageError::Encoding(error.to_string());
    let length = |pixels: i32| u32::try_from(pixels).unwrap_or(1);
    let area = canvas.area();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, length(area.width), length(area.height));
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette.bytes());
    encoder.set_compression(Compression::Balanced);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(canvas.pixels()).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use png::Decoder;

    use super::*;

    /// Decodes an image. Returns its width and height.
    pub(crate) fn decoded_size(bytes: &[u8]) -> (u32, u32) {
        let mut reader = Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height)
    }

    #[test]
    fn an_image_decodes_to_the_colours_that_were_drawn() {
        let mut palette = Palette::default();
        let background = palette.index([10, 20, 30]);
        let canvas = Canvas::new(3, 2, background);
        let bytes = encode_png(&canvas, &palette).unwrap();
        let mut decoder = Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, [10, 20, 30].repeat(6));
    }
}
