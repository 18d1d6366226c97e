//! Network captures: pcap and pcapng, with what was sent over TCP and UDP.
//!
//! The formats are described in <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-06.html>
//! and <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-05.html>, link types at
//! <https://www.tcpdump.org/linktypes.html>.
//!
//! The crate `pcap-parser` gives nothing of a packet that is cut short by the end of the file,
//! reads no packets of the old kind of block, and ends at a block that is larger than its buffer
//! or whose content doesn't fit into it; here the next ones are read.

use std::io::{self, Read};
use std::ops::ControlFlow;

use super::pcap_streams::Streams;
use crate::container::bytes::Bytes;
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Limits, Members, Unread};

/// No packet is larger than this.
const LARGEST_PACKET: usize = 1 << 20;
/// No section has more interfaces.
const MOST_INTERFACES: usize = 1 << 16;

/// Packets captured on a network.
pub const CONTAINER: Container = Container {
    id: "pcap",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells a capture by its first bytes.
pub fn is(head: &[u8]) -> bool {
    let mut fields = Bytes(head);
    match fields.array::<4>().and_then(Format::of) {
        Some(Format::Pcap(order)) => {
            let major = order.u16(&mut fields);
            let minor = order.u16(&mut fields);
            fields.take(12).is_some() && (major, minor) == (Some(2), Some(4))
        }
        Some(Format::PcapNg) => {
            let length = fields.array::<4>();
            let order = fields.array::<4>().and_then(Order::of_section);
            let length = order
                .zip(length)
                .map(|(order, length)| order.number(length));
            length.is_some_and(|length| length >= 28 && length % 4 == 0)
        }
        None => false,
    }
}

/// Gives each direction of each TCP connection as a member named
/// `tcp 10.0.0.1:1234 > 10.0.0.2:80`, in the order in which they began, and each
/// direction of UDP likewise with its datagrams on lines. The body of an HTTP/1
/// message that was sent in chunks or encoded is a further member, whose name ends
/// in `body 1`, and in `.gz`, `.br` or another word for its encoding. A long stream
/// may be given in parts that overlap.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let mut capture = Capture {
        input,
        interfaces: Vec::new(),
        order: Order::Little,
        packet: Vec::new(),
    };
    let mut streams = Streams::new(limits);
    let mut read = capture.read(&mut streams, members);
    if let Err(End::Damaged(why)) = read {
        members.unread(b"", Unread::Damaged(why));
        read = Ok(());
    }
    let flow = match read {
        Err(_) => ControlFlow::Break(()),
        Ok(()) => streams.end(members),
    };
    streams.left_out.report(members);
    streams.entries.answer(flow)
}

/// Why the reading of packets ended early.
enum End {
    Enough,
    Damaged(String),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> End {
        End::Damaged(error.to_string())
    }
}

fn damaged(why: &str) -> End {
    End::Damaged(why.to_owned())
}

/// Why it ends where the taker has enough.
fn enough(flow: ControlFlow<()>) -> Result<(), End> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(End::Enough),
    }
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    /// The order that a section of pcapng says.
    fn of_section(mark: [u8; 4]) -> Option<Order> {
        match mark {
            [0x4d, 0x3c, 0x2b, 0x1a] => Some(Order::Little),
            [0x1a, 0x2b, 0x3c, 0x4d] => Some(Order::Big),
            _ => None,
        }
    }

    fn number(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        }
    }

    fn u16(self, bytes: &mut Bytes<'_>) -> Option<u16> {
        match self {
            Order::Little => bytes.u16_le(),
            Order::Big => bytes.u16_be(),
        }
    }

    fn u32(self, bytes: &mut Bytes<'_>) -> Option<u32> {
        bytes.array().map(|number| self.number(number))
    }
}

#[derive(Clone, Copy)]
enum Format {
    Pcap(Order),
    PcapNg,
}

impl Format {
    fn of(magic: [u8; 4]) -> Option<Format> {
        match magic {
            // Times in microseconds, or in nanoseconds.
            [0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1] => {
                Some(Format::Pcap(Order::Little))
            }
            [0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d] => Some(Format::Pcap(Order::Big)),
            [0x0a, 0x0d, 0x0d, 0x0a] => Some(Format::PcapNg),
            _ => None,
        }
    }
}

/// A capture that is being read.
struct Capture<'a> {
    input: &'a mut dyn Read,
    /// The link types of the interfaces of a section.
    interfaces: Vec<u32>,
    order: Order,
    packet: Vec<u8>,
}

impl Capture<'_> {
    fn read(&mut self, streams: &mut Streams, members: &mut dyn Members) -> Result<(), End> {
        let magic = self.bytes()?.unwrap_or_default();
        match Format::of(magic) {
            Some(Format::Pcap(order)) => {
                self.order = order;
                self.read_pcap(streams, members)
            }
            Some(Format::PcapNg) => self.read_pcap_ng(streams, members),
            None => Err(damaged("it has no valid header")),
        }
    }

    fn read_pcap(&mut self, streams: &mut Streams, members: &mut dyn Members) -> Result<(), End> {
        let cut = || damaged("it is cut short");
        let header = self.bytes::<20>()?.ok_or_else(cut)?;
        let link_type = self
            .order
            .u32(&mut Bytes::at(&header, 16))
            .unwrap_or_default()
            & 0xffff;
        while let Some(header) = self.bytes::<16>()? {
            let mut fields = Bytes::at(&header, 8);
            let captured = self.order.u32(&mut fields).unwrap_or_default() as usize;
            let sent = self.order.u32(&mut fields).unwrap_or_default() as usize;
            if captured > LARGEST_PACKET {
                return Err(damaged("a packet of impossible size"));
            }
            let is_whole = self.read_body(captured)?;
            streams.left_out.cut += u64::from(captured < sent);
            enough(streams.take_packet(link_type, &self.packet, members))?;
            if !is_whole {
                return Err(cut());
            }
        }
        Ok(())
    }

    fn read_pcap_ng(
        &mut self,
        streams: &mut Streams,
        members: &mut dyn Members,
    ) -> Result<(), End> {
        let mut kind = Some([0x0a, 0x0d, 0x0d, 0x0a]);
        while let Some(number) = kind {
            let invalid = || damaged("a block of impossible size");
            let length = self.bytes::<4>()?.ok_or_else(invalid)?;
            let is_section = Format::of(number).is_some();
            let mut rest = 8;
            if is_section {
                let mark = self.bytes::<4>()?.unwrap_or_default();
                let order = Order::of_section(mark);
                self.order = order.ok_or_else(|| damaged("a section without byte order"))?;
                self.interfaces.clear();
                rest = 12;
            }
            let length = self.order.number(length) as usize;
            let length = length.checked_sub(rest).filter(|length| length % 4 == 0);
            let length = length.ok_or_else(invalid)?;
            // A block that can't be a packet is passed over without being kept.
            let is_whole = if length > LARGEST_PACKET {
                let skipped = (&mut *self.input).take(length as u64);
                let skipped = io::copy(&mut { skipped }, &mut io::sink())?;
                self.packet.clear();
                skipped == length as u64
            } else {
                self.read_body(length)?
            };
            if !is_section {
                self.take_block(self.order.number(number), streams, members)?;
            }
            if !is_whole {
                return Err(damaged("it is cut short"));
            }
            kind = self.bytes::<4>()?;
        }
        Ok(())
    }

    fn take_block(
        &mut self,
        kind: u32,
        streams: &mut Streams,
        members: &mut dyn Members,
    ) -> Result<(), End> {
        let order = self.order;
        let mut fields = Bytes(&self.packet);
        if kind == 1 {
            let link_type = order.u16(&mut fields).unwrap_or_default();
            if self.interfaces.len() < MOST_INTERFACES {
                self.interfaces.push(link_type.into());
            }
            return Ok(());
        }
        let mut number = || order.u32(&mut fields);
        let (interface, captured, sent) = match kind {
            // A packet of an old kind has two numbers in the first four bytes.
            2 | 6 => {
                let interface = match (kind, order, number()) {
                    (2, Order::Big, Some(interface)) => Some(interface >> 16),
                    (2, Order::Little, Some(interface)) => Some(interface & 0xffff),
                    (_, _, interface) => interface,
                };
                let _time = (number(), number());
                (interface, number(), number())
            }
            3 => {
                let sent = number();
                (Some(0), sent, sent)
            }
            _ => return Ok(()),
        };
        let (Some(interface), Some(captured), Some(sent)) = (interface, captured, sent) else {
            return Ok(());
        };
        let packet = fields.0.get(..captured as usize).unwrap_or(fields.0);
        streams.left_out.cut += u64::from(packet.len() < sent as usize);
        match self.interfaces.get(interface as usize) {
            Some(link_type) => enough(streams.take_packet(*link_type, packet, members)),
            None => {
                streams.left_out.other += 1;
                Ok(())
            }
        }
    }

    /// The next bytes; nothing at the end.
    fn bytes<const N: usize>(&mut self) -> Result<Option<[u8; N]>, End> {
        let mut bytes = Vec::with_capacity(N);
        (&mut *self.input).take(N as u64).read_to_end(&mut bytes)?;
        match bytes.try_into() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(bytes) if bytes.is_empty() => Ok(None),
            Err(_) => Err(damaged("it is cut short")),
        }
    }

    /// Reads a packet or block. Tells whether all of it was there.
    fn read_body(&mut self, length: usize) -> Result<bool, End> {
        self.packet.clear();
        let mut body = (&mut *self.input).take(length as u64);
        Ok(body.read_to_end(&mut self.packet)? == length)
    }
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::container::collected::{Collected, LIMITS};

    const IPV4: u16 = 0x0800;
    const TCP: u8 = 6;
    const UDP: u8 = 17;

    fn tcp(sequence: u32, flags: u8, content: &[u8]) -> Vec<u8> {
        let mut segment = [&[0x04, 0xd2, 0, 80][..], &sequence.to_be_bytes()].concat();
        segment.extend([0, 0, 0, 0, 0x50, flags, 1, 0, 0, 0, 0, 0]);
        segment.extend_from_slice(content);
        segment
    }

    fn udp(content: &[u8]) -> Vec<u8> {
        let length = (content.len() as u16 + 8).to_be_bytes();
        [&[0, 53, 4, 0], &length[..], &[0, 0], content].concat()
    }

    fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u16 + 20).to_be_bytes();
        let mut packet = [
            &[0x45, 0][..],
            &length,
            &[0, 1, 0x40, 0, 64, protocol, 0, 0],
        ]
        .concat();
        packet.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        packet.extend_from_slice(payload);
        packet
    }

    fn ipv6(protocol: u8, payload: &[u8]) -> Vec<u8> {
        // With one header of options.
        let length = (payload.len() as u16 + 8).to_be_bytes();
        let mut packet = [&[0x60, 0, 0, 0][..], &length, &[0, 64]].concat();
        packet.extend([[0; 15].as_slice(), &[1], &[0; 15], &[2]].concat());
        packet.extend([protocol, 0, 1, 4, 0, 0, 0, 0]);
        packet.extend_from_slice(payload);
        packet
    }

    fn frame(tags: &[u8], kind: u16, packet: &[u8]) -> Vec<u8> {
        let kind = kind.to_be_bytes();
        [&[0; 12], tags, &kind[..], packet, b"padding"].concat()
    }

    fn pcap(link_type: u32, packets: &[Vec<u8>]) -> Vec<u8> {
        let mut file = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0].to_vec();
        for number in [0, 0, 65535, link_type] {
            file.extend(u32::to_le_bytes(number));
        }
        for packet in packets {
            let length = (packet.len() as u32).to_le_bytes();
            file.extend([&[0; 8], &length[..], &length, packet].concat());
        }
        file
    }

    fn pcap_ng(link_type: u16, packets: &[Vec<u8>]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut block = |kind: u32, body: &[u8]| {
            let mut body = body.to_vec();
            body.resize(body.len().next_multiple_of(4), 0);
            let length = (body.len() as u32 + 12).to_be_bytes();
            file.extend([&kind.to_be_bytes()[..], &length, &body, &length].concat());
        };
        let section = [&[0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0][..], &[0xff; 8]].concat();
        block(0x0a0d_0d0a, &section);
        block(
            1,
            &[&link_type.to_be_bytes()[..], &[0, 0, 0, 1, 0, 0]].concat(),
        );
        block(5, b"some statistics");
        for packet in packets {
            let length = (packet.len() as u32).to_be_bytes();
            block(6, &[&[0; 12], &length[..], &length, packet].concat());
        }
        file
    }

    fn read(mut file: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open(&mut file, &LIMITS, &mut collected);
        collected
    }

    const NAME: &str = "tcp 10.0.0.1:1234 > 10.0.0.2:80";

    fn segments() -> [Vec<u8>; 4] {
        [
            tcp(6, 2, b""),
            tcp(7, 16, b"Cookie: session=ab"),
            tcp(27, 16, b"ef\r\n"),
            tcp(25, 16, b"cd"),
        ]
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        let packets = segments().map(|segment| frame(&[], IPV4, &ipv4(TCP, &segment)));
        let other = [
            ipv6(17, &udp(b"a question")),
            ipv6(TCP, &tcp(1, 24, b"GET / HTTP/1.1\r\n\r\n")),
        ];
        vec![pcap(1, &packets), pcap_ng(1, &packets), pcap(101, &other)]
    }

    #[test]
    fn every_link_type_is_read() {
        let packets = segments().map(|segment| ipv4(TCP, &segment));
        let ethernet = packets.clone().map(|packet| frame(&[], IPV4, &packet));
        let tagged = packets
            .clone()
            .map(|packet| frame(&[0x81, 0, 0, 1], IPV4, &packet));
        let loopback = packets
            .clone()
            .map(|packet| [&[2, 0, 0, 0][..], &packet].concat());
        let cooked = packets
            .clone()
            .map(|packet| [&[0; 14][..], &[8, 0], &packet].concat());
        let cooked2 = packets
            .clone()
            .map(|packet| [&[8, 0][..], &[0; 18], &packet].concat());
        for (link_type, packets) in [
            (1, ethernet),
            (1, tagged),
            (0, loopback),
            (113, cooked),
            (276, cooked2),
            (101, packets),
        ] {
            for file in [
                pcap(link_type, &packets),
                pcap_ng(link_type as u16, &packets),
            ] {
                assert!(is(&file));
                let found = read(&file);
                assert!(found.unread.is_empty(), "{:?}", found.unread);
                assert_eq!(found.content(NAME), b"Cookie: session=abcdef\r\n");
            }
        }
        assert!(read(&pcap(105, &[vec![0; 60]])).unread[0].contains("link type 105"));
    }

    #[test]
    fn a_block_that_cannot_be_read_does_not_hide_the_next() {
        let block = |kind: u32, body: &[u8]| {
            let length = (body.len() as u32 + 12).to_be_bytes();
            [&kind.to_be_bytes()[..], &length, body, &length].concat()
        };
        let start = pcap_ng(101, &[ipv4(UDP, &udp(b"before."))]);
        let end = pcap_ng(101, &[ipv4(UDP, &udp(b"behind."))]);
        let packet = ipv4(UDP, &udp(b"inside."));
        let old = [
            &[0; 12][..],
            &[0, 0, 0, packet.len() as u8],
            &[0, 0, 0, packet.len() as u8],
        ];
        let blocks = [
            block(5, b"tiny"),
            block(9, &vec![0; LARGEST_PACKET + 4]),
            block(
                6,
                &[&[0; 12][..], &[0, 0, 1, 0, 0, 0, 1, 0], &packet[..32]].concat(),
            ),
            block(2, &[&old.concat()[..], &packet, b"p"].concat()),
        ];
        for (place, block) in blocks.iter().enumerate() {
            let found = read(&[&start, &block[..], &end].concat());
            assert!(
                found.holds(b"before.") && found.holds(b"behind."),
                "{place}"
            );
            assert_eq!(found.holds(b"inside."), place == 3);
        }
    }

    #[test]
    fn ipv6_and_datagrams_are_read() {
        let found = read(&pcap(
            229,
            &[
                ipv6(TCP, &tcp(7, 16, b"words")),
                ipv6(UDP, &udp(b"one")),
                ipv6(UDP, &udp(b"two")),
            ],
        ));
        assert_eq!(found.content("tcp [::1]:1234 > [::2]:80"), b"words");
        assert_eq!(found.content("udp [::1]:53 > [::2]:1024"), b"one\ntwo\n");
    }

    /// The fragments of an IPv4 packet, each of so many bytes.
    fn fragments(protocol: u8, id: u8, payload: &[u8], size: usize) -> Vec<Vec<u8>> {
        let last = payload.len().div_ceil(size) - 1;
        let fragment = |(number, piece): (usize, &[u8])| {
            let mut packet = ipv4(protocol, piece);
            let place = (number * size / 8) as u16 | u16::from(number < last) << 13;
            packet[5] = id;
            packet[6..8].copy_from_slice(&place.to_be_bytes());
            packet
        };
        payload.chunks(size).enumerate().map(fragment).collect()
    }

    #[test]
    fn fragments_are_put_together_in_any_order() {
        let words: Vec<u8> = (0..100).map(|number| b'a' + number % 26).collect();
        let datagram = fragments(UDP, 1, &udp(&words), 32);
        // A packet in a tunnel whose packets are cut, and so is it.
        let inner = fragments(TCP, 2, &tcp(7, 16, &words), 48);
        let tunneled = inner
            .iter()
            .flat_map(|packet| fragments(4, packet[7], packet, 24));
        let mut packets: Vec<_> = datagram.into_iter().chain(tunneled).collect();
        for _ in 0..2 {
            let found = read(&pcap(101, &packets));
            assert!(found.unread.is_empty(), "{:?}", found.unread);
            assert_eq!(found.content(NAME), words);
            let datagram = found.content("udp 10.0.0.1:53 > 10.0.0.2:1024");
            assert_eq!(datagram.strip_suffix(b"\n"), Some(&words[..]));
            packets.reverse();
        }
        let piece = |place: u16, content: &[u8]| {
            let header = [&[UDP, 0][..], &place.to_be_bytes(), &[0, 0, 0, 9]].concat();
            ipv6(44, &[&header, content].concat())
        };
        let datagram = udp(&words);
        let packets = [piece(32, &datagram[32..]), piece(1, &datagram[..32])];
        let found = read(&pcap(229, &packets));
        assert_eq!(found.names(), ["udp [::1]:53 > [::2]:1024"]);
        assert!(found.unread.is_empty(), "{:?}", found.unread);
    }

    #[test]
    fn what_stands_before_a_missing_fragment_is_given() {
        let words = b"some words ".repeat(9);
        let mut packets = fragments(UDP, 1, &udp(&words), 32);
        packets.remove(2);
        let found = read(&pcap(101, &packets));
        assert_eq!(
            found.content("udp 10.0.0.1:53 > 10.0.0.2:1024"),
            [&words[..56], b"\n"].concat()
        );
        assert_eq!(
            found.unread,
            [": damaged: 3 fragments of IP packets lack others"]
        );
        // Neither many packets nor many pieces of one are kept for ever.
        let many = (0..5000_u32).map(|number| {
            let mut packet = fragments(UDP, 1, &udp(&words), 32).remove(0);
            packet[4..6].copy_from_slice(&(number as u16).to_be_bytes());
            packet
        });
        let pieces = (0..4000_u16).map(|number| {
            let mut packet = ipv4(UDP, b"8 bytes.");
            packet[6..8].copy_from_slice(&((number * 2) | (1 << 13)).to_be_bytes());
            packet
        });
        let found = read(&pcap(101, &many.chain(pieces).collect::<Vec<_>>()));
        assert_eq!(
            found.unread,
            [": damaged: 9000 fragments of IP packets lack others"]
        );
    }

    #[test]
    fn a_gap_and_another_connection_are_told() {
        let packets = [
            ipv4(TCP, &tcp(7, 16, b"before")),
            ipv4(TCP, &tcp(20, 16, b"after")),
            ipv4(TCP, &tcp(90_000, 2, b"")),
            ipv4(TCP, &tcp(90_001, 16, b"other")),
        ];
        let found = read(&pcap(101, &packets));
        let contents: Vec<_> = found.members.iter().map(|member| &member.1[..]).collect();
        assert_eq!(contents, [&b"before\nafter"[..], b"other"]);
        assert!(found.unread[0].contains("7 bytes"), "{:?}", found.unread);
    }

    #[test]
    fn chunks_of_http_are_joined() {
        let message =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
        let found = read(&pcap(101, &[ipv4(TCP, &tcp(7, 16, message))]));
        assert_eq!(found.content(&format!("{NAME} body 1")), b"abc");
    }

    #[test]
    fn many_long_streams_stay_in_memory() {
        let words = b"some words ".repeat(100);
        let mut packets = Vec::new();
        for round in 0..1500_u32 {
            let mut segment = tcp(round * words.len() as u32, 16, &words);
            segment[0] = (round % 7) as u8;
            let sequence = round / 7 * words.len() as u32;
            segment[4..8].copy_from_slice(&sequence.to_be_bytes());
            packets.push(ipv4(TCP, &segment));
        }
        let found = read(&pcap(101, &packets));
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        let names = found.names();
        assert!(names.len() > 7 && names[0].ends_with(":80"), "{names:?}");
        let total: usize = found.members.iter().map(|member| member.1.len()).sum();
        assert!(total >= 1500 * words.len());
    }

    #[test]
    fn damage_anywhere_is_survived() {
        let packets = segments().map(|segment| frame(&[], IPV4, &ipv4(TCP, &segment)));
        for file in [pcap(1, &packets[..2]), pcap_ng(1, &packets[..2])] {
            for place in 0..file.len() {
                read(&file[..place]);
                for bits in [1, 0xff] {
                    let mut file = file.clone();
                    file[place] ^= bits;
                    is(&file);
                    read(&file);
                }
            }
            let found = read(&file[..file.len() - 15]);
            assert!(found.holds(b"Cookie") && !found.unread.is_empty());
        }
    }

    proptest! {
        #[test]
        fn arbitrary_fragments_are_survived(
            pieces in prop::collection::vec((0..9_u16, 0..40_usize, any::<bool>(), 0..2_u8), 0..40),
        ) {
            let datagram = udp(&[b'x'; 40]);
            let packets = pieces.into_iter().map(|(place, length, more, id)| {
                let piece = &datagram[..length];
                let flags = (place | u16::from(more) << 13).to_be_bytes();
                let offset = (place << 3 | u16::from(more)).to_be_bytes();
                match id {
                    0 => ipv6(44, &[&[UDP, 0][..], &offset, &[0; 4], piece].concat()),
                    _ => {
                        let mut packet = ipv4(UDP, piece);
                        packet[6..8].copy_from_slice(&flags);
                        packet
                    }
                }
            });
            read(&pcap(229, &packets.collect::<Vec<_>>()));
        }

        #[test]
        fn arbitrary_bytes_are_survived(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            kind in prop::sample::select(vec![0_u32, 1, 101, 113, 276]),
        ) {
            read(&bytes);
            read(&pcap(kind, &[bytes.clone(), ipv4(TCP, &bytes), ipv6(UDP, &bytes)]));
            read(&pcap_ng(kind as u16, &[ipv6(TCP, &bytes), ipv4(4, &bytes)]));
        }
    }
}
