//! Network captures: pcap and pcapng, with what was sent over TCP and UDP.
//!
//! The formats are described in <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-06.html>
//! and <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-05.html>, link types at
//! <https://www.tcpdump.org/linktypes.html>.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::ControlFlow;

use super::pcap_http::bodies;
use super::pcap_packet::{Direction, IpPacket, Segment, TCP, UDP, network};
use super::pcap_stream::Stream;
use crate::container::bytes::{Bytes, Entries};
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Limits, Members, Unread};

/// No packet is larger than this.
const LARGEST_PACKET: usize = 1 << 20;
/// Bytes that a stream which was given early begins with again, so that nothing is
/// cut in two.
const OVERLAP: usize = 1024;
/// What one connection costs besides its bytes, roughly.
const STREAM_COST: usize = 512;

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
    let mut streams = Streams {
        numbers: BTreeMap::new(),
        streams: Vec::new(),
        size: 0,
        most: limits.memory / 4,
        entries: Entries::new(limits),
        left_out: LeftOut::default(),
    };
    let flow = match capture.read(&mut streams, members) {
        Err(End::Enough) => ControlFlow::Break(()),
        Err(End::Damaged(why)) => {
            members.unread(b"", Unread::Damaged(why));
            streams.give_all(members)
        }
        Ok(()) => streams.give_all(members),
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
            streams.take_packet(link_type, &self.packet, members)?;
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
            self.interfaces.push(link_type.into());
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
            Some(link_type) => streams.take_packet(*link_type, packet, members),
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

/// Packets of which nothing was given.
#[derive(Default)]
struct LeftOut {
    cut: u64,
    fragments: u64,
    link_types: BTreeMap<u32, u64>,
    other: u64,
}

impl LeftOut {
    fn report(&self, members: &mut dyn Members) {
        let LeftOut {
            cut,
            fragments,
            other,
            ..
        } = self;
        if *cut > 0 {
            let why = format!("{cut} packets were not captured whole");
            members.unread(b"", Unread::Damaged(why));
        }
        if *fragments > 0 {
            let why = format!("{fragments} fragments of IP packets");
            members.unread(b"", Unread::Unsupported(why));
        }
        for (link_type, count) in &self.link_types {
            let why = format!("{count} packets of link type {link_type}");
            members.unread(b"", Unread::Unsupported(why));
        }
        if *other > 0 {
            let why = format!("{other} packets can't be read");
            members.unread(b"", Unread::Damaged(why));
        }
    }
}

/// What was sent in each direction.
struct Streams {
    numbers: BTreeMap<Direction, usize>,
    /// In the order in which they began.
    streams: Vec<(Direction, Stream)>,
    /// Bytes that all of them keep.
    size: usize,
    most: usize,
    entries: Entries,
    left_out: LeftOut,
}

impl Streams {
    fn take_packet(
        &mut self,
        link_type: u32,
        packet: &[u8],
        members: &mut dyn Members,
    ) -> Result<(), End> {
        let Some(network) = network(link_type, packet) else {
            *self.left_out.link_types.entry(link_type).or_default() += 1;
            return Ok(());
        };
        let Some(packet) = network.and_then(IpPacket::read) else {
            return Ok(());
        };
        if packet.is_fragment {
            self.left_out.fragments += 1;
            return Ok(());
        }
        match packet.protocol {
            TCP => self.take_segment(&packet, members),
            UDP => self.take_datagram(&packet, members),
            _ => Ok(()),
        }
    }

    fn take_segment(
        &mut self,
        packet: &IpPacket<'_>,
        members: &mut dyn Members,
    ) -> Result<(), End> {
        let Some(segment) = Segment::read(packet.payload) else {
            self.left_out.other += 1;
            return Ok(());
        };
        if segment.content.is_empty() && !segment.is_first {
            return Ok(());
        }
        let direction = packet.direction(true, segment.ports);
        let number = self.number(direction, members)?;
        if segment.is_first && self.stream(number).is_restart(segment.sequence) {
            self.finish(number, members)?;
        }
        self.change(number, |stream| {
            if segment.is_first {
                stream.begin(segment.sequence);
            }
            let start = segment.sequence.wrapping_add(u32::from(segment.is_first));
            stream.take(start, segment.content);
        });
        self.make_room(members)
    }

    fn take_datagram(
        &mut self,
        packet: &IpPacket<'_>,
        members: &mut dyn Members,
    ) -> Result<(), End> {
        let mut fields = Bytes(packet.payload);
        let ports = fields.u16_be().zip(fields.u16_be());
        let length = fields.u16_be().zip(fields.u16_be());
        let (Some(ports), Some((length, _))) = (ports, length) else {
            self.left_out.other += 1;
            return Ok(());
        };
        let length = usize::from(length).saturating_sub(8);
        let content = fields.0.get(..length).unwrap_or(fields.0);
        let number = self.number(packet.direction(false, ports), members)?;
        self.change(number, |stream| stream.take_datagram(content));
        self.make_room(members)
    }

    /// The number of a direction's stream, which may begin now.
    fn number(&mut self, direction: Direction, members: &mut dyn Members) -> Result<usize, End> {
        if let Some(number) = self.numbers.get(&direction) {
            return Ok(*number);
        }
        if self.streams.len() >= self.most / STREAM_COST {
            let flow = self.give_all(members);
            if flow.is_break() {
                return Err(End::Enough);
            }
        }
        let number = self.streams.len();
        self.numbers.insert(direction, number);
        self.streams.push((direction, Stream::default()));
        Ok(number)
    }

    fn stream(&mut self, number: usize) -> &mut Stream {
        &mut self.streams[number].1
    }

    fn change(&mut self, number: usize, change: impl FnOnce(&mut Stream)) {
        let stream = self.stream(number);
        let before = stream.size();
        change(stream);
        let after = stream.size();
        self.size = self.size + after - before;
    }

    /// Gives the longest streams while all of them keep too much.
    fn make_room(&mut self, members: &mut dyn Members) -> Result<(), End> {
        if self.size <= self.most {
            return Ok(());
        }
        let mut sizes: Vec<_> = (0..)
            .zip(&self.streams)
            .map(|(number, (_, stream))| (stream.size(), number))
            .collect();
        sizes.sort_unstable_by_key(|(size, number)| (usize::MAX - size, *number));
        for (size, number) in sizes {
            if self.size <= self.most / 2 {
                break;
            }
            self.change(number, Stream::finish);
            let flow = self.give(number, OVERLAP.min(size / 16), members);
            if flow.is_break() {
                return Err(End::Enough);
            }
        }
        Ok(())
    }

    /// Gives a stream whose connection has ended.
    fn finish(&mut self, number: usize, members: &mut dyn Members) -> Result<(), End> {
        self.change(number, Stream::finish);
        let flow = self.give(number, 0, members);
        self.streams[number].1 = Stream::default();
        match flow {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(End::Enough),
        }
    }

    fn give_all(&mut self, members: &mut dyn Members) -> ControlFlow<()> {
        for number in 0..self.streams.len() {
            self.change(number, Stream::finish);
            self.give(number, 0, members)?;
        }
        self.streams.clear();
        self.numbers.clear();
        self.size = 0;
        ControlFlow::Continue(())
    }

    /// Gives what a stream has in order.
    fn give(&mut self, number: usize, kept: usize, members: &mut dyn Members) -> ControlFlow<()> {
        let mut part = (0, Vec::new());
        self.change(number, |stream| part = stream.give(kept));
        let (start, bytes) = part;
        let (Direction { is_tcp, from, to }, stream) = &self.streams[number];
        let missing = stream.missing();
        if bytes.is_empty() {
            return ControlFlow::Continue(());
        }
        let protocol = if *is_tcp { "tcp" } else { "udp" };
        let mut name = format!("{protocol} {from} > {to}");
        if start > 0 {
            name = format!("{name} from byte {start}");
        }
        self.entries.count(members)?;
        if missing > 0 {
            let why = format!("{missing} bytes are not in the capture");
            members.unread(name.as_bytes(), Unread::Damaged(why));
        }
        members.member(name.as_bytes(), &mut &bytes[..])?;
        if !is_tcp {
            return ControlFlow::Continue(());
        }
        for (count, body) in (1..).zip(bodies(&bytes)) {
            let ending = match &body.coding[..] {
                "" => String::new(),
                "gzip" | "x-gzip" => ".gz".to_owned(),
                "zstd" => ".zst".to_owned(),
                "deflate" => ".zz".to_owned(),
                other => format!(".{}", other.get(..20).unwrap_or("unknown")),
            };
            let name = format!("{name} body {count}{ending}");
            members.member(name.as_bytes(), &mut &body.bytes[..])?;
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::container::capture::pcap_packet::IPV4;
    use crate::container::collected::{Collected, LIMITS};

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
